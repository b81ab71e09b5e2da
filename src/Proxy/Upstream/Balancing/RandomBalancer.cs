using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>RANDOM: each pick on its own, in proportion to the weights.</summary>
internal sealed class RandomBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : LoadBalancer(endpoints, settings, random, time)
{
    protected override int Choose(PickGroup group, bool alone, in PickContext context) => group[group.Shares.At(Point())];
}
