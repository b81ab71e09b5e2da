namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>What a cluster's configuration says about choosing among its endpoints.</summary>
internal sealed record BalancerSettings(BalancerKind Kind)
{
    /// <summary>Envoy's, in LOAD_BALANCING_POLICIES' maglev and Istio's DestinationRule alike.</summary>
    public const int DefaultTableSize = 65537;

    /// <summary>Istio's; Envoy has the same.</summary>
    public const int DefaultMinimumRingSize = 1024;

    /// <summary>Envoy's bound for rings: 8 Mi points.</summary>
    public const int MaximumRingSize = 8 * 1024 * 1024;

    /// <summary>How many endpoints <see cref="BalancerKind.LeastRequest"/> compares; 2 to 100, default 2.</summary>
    public int Choices { get; init; } = 2;

    /// <summary>
    /// Points that a ring of two or more endpoints has at least, 1 to <see cref="MaximumRingSize"/>. Half as many are each endpoint's, whatever
    /// their count: with a fixed total every endpoint would give up points to a new one, and with them keys that the new one does not get.
    /// </summary>
    public int MinimumRingSize { get; init; } = DefaultMinimumRingSize;

    /// <summary>Entries of the Maglev table; a prime below 5,000,011.</summary>
    public int TableSize { get; init; } = DefaultTableSize;

    /// <summary>For <see cref="BalancerKind.RoundRobin"/> and <see cref="BalancerKind.LeastRequest"/>; null starts at full speed.</summary>
    public SlowStart? SlowStart { get; init; }

    /// <summary>Localities get traffic by their own weights (Envoy, locality_weighted_lb_config), and not by their endpoints'.</summary>
    public bool LocalityWeighted { get; init; }

    /// <summary>Load an endpoint can take in place of failed ones, in per cent of its own; default 140 (Envoy, overprovisioning_factor).</summary>
    public uint Overprovisioning { get; init; } = 140;

    /// <summary>For <see cref="BalancerKind.PeakEwma"/>: the time in which a measured latency loses 63 % of its part in the average; default 10 s.</summary>
    public TimeSpan LatencyDecay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For <see cref="BalancerKind.PeakEwma"/>: what an endpoint is taken to need before it has answered; default 30 ms.</summary>
    public TimeSpan InitialLatency { get; init; } = TimeSpan.FromMilliseconds(30);
}
