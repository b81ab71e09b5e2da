namespace Mesh.Grpc;
