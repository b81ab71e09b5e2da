namespace Mesh.ControlPlane.Model;

/// <summary>When an endpoint that misbehaves is left out for a while; null is "not set".</summary>
internal sealed record OutlierDetection(
    int? Consecutive5xx,
    int? ConsecutiveGatewayErrors,
    bool SplitExternalLocalOriginErrors,
    int? ConsecutiveLocalOriginFailures,
    TimeSpan? Interval,
    TimeSpan? BaseEjectionTime,
    int? MaxEjectionPercent,
    int? MinHealthPercent
);
