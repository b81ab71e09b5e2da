namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What found an endpoint to misbehave.</summary>
internal enum Detector : byte
{
    ConsecutiveGatewayErrors,
    Consecutive5xx,
    ConsecutiveLocalOriginFailures,
    SuccessRate,
    LocalOriginSuccessRate,
    FailurePercentage,
    LocalOriginFailurePercentage,

    /// <summary>The request that was to show whether an ejected endpoint is well again.</summary>
    HalfOpenProbe,
}
