namespace Mesh.Proxy.Tests;
