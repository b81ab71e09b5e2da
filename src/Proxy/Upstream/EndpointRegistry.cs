using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream;

/// <summary>
/// Remembers which endpoints hold connections, so that those that leave the configuration give them up. Used from one place, after each
/// swap.
/// </summary>
internal sealed class EndpointRegistry
{
    private HashSet<EndpointState> _listed = [];
    private HashSet<ClusterState> _clusters = [];

    /// <summary>Takes over the states of a new configuration and retires those of the previous one that it does not have.</summary>
    public void Follow(ImmutableArray<Cluster> clusters)
    {
        var listed = new HashSet<EndpointState>(_listed.Count);
        var states = new HashSet<ClusterState>(_clusters.Count);
        foreach (var cluster in clusters)
        {
            states.Add(cluster.State);
            foreach (var endpoint in cluster.Endpoints)
            {
                listed.Add(endpoint.State);
                endpoint.State.Connections.Follow(cluster, endpoint);
            }
        }

        foreach (var state in _listed)
        {
            if (!listed.Contains(state))
            {
                state.Retire();
            }
        }

        foreach (var state in _clusters)
        {
            if (!states.Contains(state))
            {
                state.Dynamic.RetireAll();
            }
        }

        (_listed, _clusters) = (listed, states);
    }
}
