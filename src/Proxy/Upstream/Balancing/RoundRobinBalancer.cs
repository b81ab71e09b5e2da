using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// ROUND_ROBIN: endpoints of equal weight strictly in turn, others by the golden-ratio sequence. The position is the cluster's, so it goes
/// on over a change of endpoints; where there are several groups it chooses the group, and each group has a position of its own.
/// </summary>
internal sealed class RoundRobinBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : LoadBalancer(endpoints, settings, random, time)
{
    protected override int ChooseGroup(PickTable table, in PickContext context) => table.Shares.Smooth(context.Cluster.State.NextPick());

    protected override int Choose(PickGroup group, bool alone, in PickContext context)
    {
        var position = alone ? context.Cluster.State.NextPick() : group.NextPick();
        return group[group.Shares.AreEqual ? (int)(position % (uint)group.Count) : group.Shares.Smooth(position)];
    }
}
