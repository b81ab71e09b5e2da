namespace Mesh.Grpc.Tests;
