namespace Mesh.Integration.Tests;
