using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>Takes gRPC requests only.</summary>
internal sealed class GrpcCondition : RouteCondition
{
    public static GrpcCondition Instance { get; } = new();

    public override bool Holds(RequestHead head) => head.IsGrpc;

    public override string Found(RequestHead head) =>
        head.TryGet(KnownHeader.ContentType, out var type) ? $"content-type '{Encoding.Latin1.GetString(type)}'" : "no content-type";

    public override string ToString() => "request is gRPC";
}
