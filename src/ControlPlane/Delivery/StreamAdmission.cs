using Mesh.Grpc;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Decides whether a stream may be opened at all.</summary>
/// <exception cref="GrpcException">It may not.</exception>
internal delegate ValueTask<StreamPass> StreamAdmission(GrpcServerContext context);
