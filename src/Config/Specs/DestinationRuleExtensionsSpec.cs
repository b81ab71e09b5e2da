namespace Mesh.Config.Specs;

/// <summary>What the annotations <c>mesh.extensions/…</c> of a DestinationRule add to all its policies.</summary>
public sealed record DestinationRuleExtensionsSpec
{
    /// <summary><c>mesh.extensions/success-rate</c>: ejects endpoints far below the mean.</summary>
    public SuccessRateSpec? SuccessRate { get; init; }

    /// <summary><c>mesh.extensions/failure-percentage</c>: ejects endpoints that fail too large a share.</summary>
    public FailurePercentageSpec? FailurePercentage { get; init; }

    /// <summary><c>mesh.extensions/half-open-probe</c>: lets ejected endpoints return only after they answered single requests.</summary>
    public HalfOpenProbeSpec? HalfOpenProbe { get; init; }

    /// <summary><c>mesh.extensions/latency-aware</c>: requests go to the endpoint that is expected to answer first.</summary>
    public LatencyAwareSpec? LatencyAware { get; init; }
}
