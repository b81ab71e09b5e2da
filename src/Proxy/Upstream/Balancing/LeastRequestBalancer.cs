using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// LEAST_REQUEST: draws a few endpoints in proportion to their weights and takes the one with the fewest active requests for its weight.
/// </summary>
/// <remarks>
/// With equal weights this is Envoy's power of two choices, except that the draws differ from each other. With unequal ones Envoy keeps a
/// locked schedule with weight/(active+1); drawing by weight gives the same shares while idle, and comparing active/weight moves
/// load the same way, without a lock.
/// </remarks>
internal sealed class LeastRequestBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : LoadBalancer(endpoints, settings, random, time)
{
    protected override int Choose(PickGroup group, bool alone, in PickContext context)
    {
        if (group.Count < 2)
        {
            return group[0];
        }

        // One draw is good for two points.
        var draw = Random.NextInt64();
        var best = group.Shares.At((uint)draw);
        for (var i = 1; i < Settings.Choices; i++)
        {
            var other = group.Shares.At(i == 1 ? (uint)(draw >> 31) : Point());
            if (other == best)
            {
                other = TwoDraws.Another(group, best, Random);
            }

            if (IsLessBusy(group, other, best))
            {
                best = other;
            }
        }

        return group[best];
    }

    private bool IsLessBusy(PickGroup group, int a, int b) =>
        (long)Endpoints[group[a]].State.ActiveRequests * group.WeightOf(b)
        < (long)Endpoints[group[b]].State.ActiveRequests * group.WeightOf(a);
}
