using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Upstream;

/// <summary>What must survive a configuration swap about one cluster: balancing sequence, counters, and the connections to its endpoints.</summary>
internal sealed class ClusterState
{
    private uint _sequence;
    private int _mirrors;

    /// <summary>What is in use, held against <see cref="Cluster.Limits"/>.</summary>
    public ClusterCounters Counters { get; } = new();

    /// <summary>The HTTP/1.1 pools of the endpoints, which share the limit of connections.</summary>
    public ClusterPools Pools { get; } = new();

    /// <summary>Endpoints of clusters that do not list any.</summary>
    public DynamicEndpoints Dynamic { get; } = new();

    /// <summary>Outlier detection: attempts report here, and ask for probes.</summary>
    public OutlierState Outliers { get; } = new();

    /// <summary>What retries have come to, and what is left of their budget.</summary>
    public RetryState Retries { get; } = new();

    /// <summary>Rises after each change of an endpoint's <see cref="EndpointState.IsEjected"/>. One volatile read.</summary>
    public int HealthGeneration => Outliers.Generation;

    /// <summary>A copy of a request may be sent here; <see cref="EndMirror"/> gives its place back.</summary>
    public bool TryBeginMirror(int most)
    {
        if (Interlocked.Increment(ref _mirrors) <= most)
        {
            return true;
        }

        EndMirror();
        return false;
    }

    public void EndMirror() => Interlocked.Decrement(ref _mirrors);

    /// <summary>One atomic add: the position of the next pick in this cluster's sequence.</summary>
    public uint NextPick() => Interlocked.Increment(ref _sequence);
}
