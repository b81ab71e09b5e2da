namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Ejects, at each sweep, endpoints that fail too large a share of their requests, whatever the others do.</summary>
internal sealed record FailurePercentageRule
{
    /// <summary>Failures, in per cent of the requests of one interval, that eject; 85 by default.</summary>
    public int Threshold { get; init; } = 85;

    /// <summary>How many endpoints must have had enough requests; 5 by default.</summary>
    public int MinimumHosts { get; init; } = 5;

    /// <summary>Requests within one interval that make an endpoint's share count; 50 by default.</summary>
    public int RequestVolume { get; init; } = 50;

    /// <summary>How often a detection ejects, in per cent.</summary>
    public int Enforcing { get; init; }

    /// <summary>The same for failures to connect, where those are counted apart.</summary>
    public int EnforcingLocalOrigin { get; init; }
}
