namespace Mesh.Proxy.Upstream.Retries;

/// <summary>What makes an attempt worth repeating, by Envoy's names (<c>x-envoy-retry-on</c>, <c>x-envoy-retry-grpc-on</c>).</summary>
[Flags]
internal enum RetryConditions : ushort
{
    None = 0,

    /// <summary><c>5xx</c>: any such answer, and everything that becomes one.</summary>
    ServerError = 1 << 0,

    /// <summary><c>gateway-error</c>: 502, 503, 504, and everything that becomes one.</summary>
    GatewayError = 1 << 1,

    /// <summary><c>reset</c>: no answer at all: disconnect, reset, time of the try up.</summary>
    Reset = 1 << 2,

    /// <summary><c>reset-before-request</c>: the same, before anything of the request was sent.</summary>
    ResetBeforeRequest = 1 << 3,

    /// <summary><c>connect-failure</c></summary>
    ConnectFailure = 1 << 4,

    /// <summary><c>retriable-4xx</c>: 409.</summary>
    Retriable4xx = 1 << 5,

    /// <summary><c>refused-stream</c></summary>
    RefusedStream = 1 << 6,

    /// <summary><c>retriable-status-codes</c>: those that the policy lists.</summary>
    StatusCodes = 1 << 7,

    /// <summary><c>envoy-ratelimited</c>: an answer with <c>x-envoy-ratelimited</c>, which otherwise is never repeated.</summary>
    RateLimited = 1 << 8,

    /// <summary><c>cancelled</c></summary>
    GrpcCancelled = 1 << 9,

    /// <summary><c>deadline-exceeded</c></summary>
    GrpcDeadlineExceeded = 1 << 10,

    /// <summary><c>internal</c></summary>
    GrpcInternal = 1 << 11,

    /// <summary><c>resource-exhausted</c></summary>
    GrpcResourceExhausted = 1 << 12,

    /// <summary><c>unavailable</c></summary>
    GrpcUnavailable = 1 << 13,
}
