namespace Mesh.ControlPlane.Model;

/// <summary>Which endpoint takes a request.</summary>
internal sealed record LoadBalancing(LoadBalancerKind Kind)
{
    /// <summary>What keeps requests to one endpoint; set for <see cref="LoadBalancerKind.RingHash"/> and <see cref="LoadBalancerKind.Maglev"/>.</summary>
    public ConsistentHash? Hash { get; init; }

    /// <summary>Slow start of new endpoints; null for none.</summary>
    public Warmup? Warmup { get; init; }

    /// <summary>Preferences between localities; null where the rule says nothing, and the mesh's hold.</summary>
    public LocalityBalancing? Locality { get; init; }

    /// <summary>For <see cref="LoadBalancerKind.LatencyAware"/>: how fast measurements age; null for the proxy's default.</summary>
    public TimeSpan? LatencyDecay { get; init; }
}
