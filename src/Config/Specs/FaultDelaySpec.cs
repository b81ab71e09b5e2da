namespace Mesh.Config.Specs;

/// <summary>A delay for a share of the requests.</summary>
public sealed record FaultDelaySpec
{
    /// <summary>How long.</summary>
    public required TimeSpan FixedDelay { get; init; }

    /// <summary>Share of requests in per cent, 0 to 100; absent means none.</summary>
    public double? Percentage { get; init; }
}
