using System.Text;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy;

/// <summary>One row of <see cref="FailureTable"/>.</summary>
/// <param name="RetriedOn">The retry conditions of which any one makes it worth another try.</param>
/// <param name="GrpcStatus">What a gRPC client gets, trailers-only (gRPC's HTTP status mapping: 404 UNIMPLEMENTED, 503 and 504 UNAVAILABLE).</param>
/// <param name="Details">Envoy's response code details.</param>
internal sealed record FailureEntry(int Status, ResponseFlags Flags, string Body, RetryConditions RetriedOn, int GrpcStatus, string Details)
{
    /// <summary>What a client reads after more than one try.</summary>
    public string BodyAfterRetries { get; init; } = Body;

    public ReadOnlyMemory<byte> BodyBytes { get; } = Encoding.ASCII.GetBytes(Body);

    public ReadOnlyMemory<byte> BodyBytesAfterRetries => _after ??= Encoding.ASCII.GetBytes(BodyAfterRetries);

    private byte[]? _after;
}
