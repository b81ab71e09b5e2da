namespace Mesh.Xds.Tests;
