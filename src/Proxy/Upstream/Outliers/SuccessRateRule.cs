namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Ejects, at each sweep, endpoints whose share of successes is far below the mean of all.</summary>
internal sealed record SuccessRateRule
{
    /// <summary>How many endpoints must have had enough requests; 5 by default.</summary>
    public int MinimumHosts { get; init; } = 5;

    /// <summary>Requests within one interval that make an endpoint's rate count; 100 by default.</summary>
    public int RequestVolume { get; init; } = 100;

    /// <summary>Standard deviations below the mean that are too far; 1.9 by default.</summary>
    public double StdevFactor { get; init; } = 1.9;

    /// <summary>How often a detection ejects, in per cent.</summary>
    public int Enforcing { get; init; } = 100;

    /// <summary>The same for failures to connect, where those are counted apart.</summary>
    public int EnforcingLocalOrigin { get; init; } = 100;
}
