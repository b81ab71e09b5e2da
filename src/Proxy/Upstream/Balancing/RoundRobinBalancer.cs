using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// ROUND_ROBIN: endpoints of equal weight strictly in turn, others by the golden-ratio sequence. The position is the cluster's, so it goes
/// on over a change of endpoints.
/// </summary>
internal sealed class RoundRobinBalancer(ImmutableArray<Endpoint> endpoints) : LoadBalancer
{
    private readonly ShareTable _shares = new(endpoints.Select(endpoint => endpoint.Weight));

    public override int Pick(in PickContext context)
    {
        if (_shares.Count == 0)
        {
            return -1;
        }

        var position = context.Cluster.State.NextPick();
        return _shares.AreEqual ? _shares[(int)(position % (uint)_shares.Count)] : _shares.Smooth(position);
    }
}
