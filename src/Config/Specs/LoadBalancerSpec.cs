namespace Mesh.Config.Specs;

/// <summary>How an endpoint is picked.</summary>
public sealed record LoadBalancerSpec
{
    /// <summary>Balancing without a key; exclusive with ConsistentHash.</summary>
    public SimpleLoadBalancer? Simple { get; init; }

    /// <summary>Balancing by the hash of a key.</summary>
    public ConsistentHashSpec? ConsistentHash { get; init; }

    /// <summary>Preferences between localities.</summary>
    public LocalityLbSpec? LocalityLb { get; init; }

    /// <summary>Slow start of new endpoints.</summary>
    public WarmupSpec? Warmup { get; init; }

    /// <summary>Zone-aware balancing.</summary>
    public ZoneAwareLbSpec? ZoneAware { get; init; }
}
