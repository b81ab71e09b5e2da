namespace Mesh.ControlPlane.Tests;
