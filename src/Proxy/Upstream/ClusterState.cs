using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Upstream;

/// <summary>What must survive a configuration swap about one cluster: balancing sequence, counters, and the connections to its endpoints.</summary>
internal sealed class ClusterState
{
    private uint _sequence;

    /// <summary>Endpoints of clusters that do not list any.</summary>
    public DynamicEndpoints Dynamic { get; } = new();

    /// <summary>Outlier detection: attempts report here, and ask for probes.</summary>
    public OutlierState Outliers { get; } = new();

    /// <summary>Rises after each change of an endpoint's <see cref="EndpointState.IsEjected"/>. One volatile read.</summary>
    public int HealthGeneration => Outliers.Generation;

    /// <summary>One atomic add: the position of the next pick in this cluster's sequence.</summary>
    public uint NextPick() => Interlocked.Increment(ref _sequence);
}
