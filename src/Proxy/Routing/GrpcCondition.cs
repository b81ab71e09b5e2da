namespace Mesh.Proxy.Routing;

/// <summary>Takes gRPC requests only.</summary>
internal sealed class GrpcCondition : RouteCondition
{
    public static GrpcCondition Instance { get; } = new();

    public override bool Holds(RequestHead head) => head.IsGrpc;

    public override string ToString() => "request is gRPC";
}
