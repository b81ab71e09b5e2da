namespace Mesh.Config.Specs;

/// <summary>Slow start of new endpoints.</summary>
public sealed record WarmupSpec
{
    /// <summary>How long an endpoint warms up.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Share of its weight at the start in per cent, 0 to 100; absent means 10.</summary>
    public double? MinimumPercent { get; init; }

    /// <summary>Speed of the growth, at least 1; absent means 1.0.</summary>
    public double? Aggression { get; init; }
}
