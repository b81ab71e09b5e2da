using System.Text;

namespace Mesh.Proxy;

/// <summary>One row of <see cref="FailureTable"/>.</summary>
/// <param name="GrpcStatus">What a gRPC client gets, trailers-only (gRPC's HTTP status mapping: 404 UNIMPLEMENTED, 503 and 504 UNAVAILABLE).</param>
/// <param name="Details">Envoy's response code details.</param>
internal sealed record FailureEntry(int Status, string Flag, string Body, bool Retryable, int GrpcStatus, string Details)
{
    public ReadOnlyMemory<byte> BodyBytes { get; } = Encoding.ASCII.GetBytes(Body);
}
