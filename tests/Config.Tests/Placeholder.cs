namespace Mesh.Config.Tests;
