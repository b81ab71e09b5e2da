using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>When an endpoint that misbehaves is left out for a while; null is "not set".</summary>
/// <param name="ErrorCodes">Status codes that count as errors; empty for 5xx.</param>
internal sealed record OutlierDetection(
    int? Consecutive5xx,
    int? ConsecutiveGatewayErrors,
    bool SplitExternalLocalOriginErrors,
    int? ConsecutiveLocalOriginFailures,
    TimeSpan? Interval,
    TimeSpan? BaseEjectionTime,
    int? MaxEjectionPercent,
    int? MinHealthPercent,
    ImmutableArray<int> ErrorCodes,
    SuccessRate? SuccessRate,
    FailurePercentage? FailurePercentage,
    HalfOpenProbe? HalfOpenProbe
);
