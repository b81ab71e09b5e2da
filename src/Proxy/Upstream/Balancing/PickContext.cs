namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>What one pick goes by beside the cluster's own state; made on the stack for each attempt.</summary>
internal readonly ref struct PickContext(Cluster cluster)
{
    public Cluster Cluster { get; } = cluster;

    /// <summary>For the consistent balancers; the others take no notice.</summary>
    public RequestHash Hash { get; init; }

    /// <summary>
    /// Endpoints of earlier attempts of the same request (Envoy, previous_hosts): not picked while the balancer has another to offer.
    /// </summary>
    public ReadOnlySpan<Endpoint> Avoid { get; init; }

    /// <summary>
    /// Priorities of earlier attempts, bit <see cref="Endpoint.PriorityBit"/> of each (Envoy, previous_priorities): treated as if nothing were
    /// healthy there. All of them is the same as none.
    /// </summary>
    public uint AvoidPriorities { get; init; }
}
