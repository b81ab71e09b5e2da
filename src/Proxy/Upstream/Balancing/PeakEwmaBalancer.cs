using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// Of two endpoints drawn by weight the one that is expected to answer first: latency, as <see cref="PeakEwma"/> keeps it, times the requests
/// it would then have in hand. What Linkerd does; Envoy and Istio have nothing like it.
/// </summary>
internal sealed class PeakEwmaBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : LoadBalancer(endpoints, settings, random, time)
{
    public override void Answered(Endpoint endpoint, TimeSpan latency) =>
        endpoint.State.Balancing.Latency.Observe(latency, Time.GetElapsedTime(0), Settings.LatencyDecay);

    protected override int Choose(PickGroup group, bool alone, in PickContext context)
    {
        if (group.Count < 2)
        {
            return group[0];
        }

        // One draw is good for two points.
        var draw = Random.NextInt64();
        var first = group.Shares.At((uint)draw);
        var second = group.Shares.At((uint)(draw >> 31));
        if (second == first)
        {
            second = TwoDraws.Another(group, first, Random);
        }

        var now = Time.GetElapsedTime(0);
        return group[Cost(group, second, now) < Cost(group, first, now) ? second : first];
    }

    private double Cost(PickGroup group, int position, TimeSpan now)
    {
        var state = Endpoints[group[position]].State;
        return state.Balancing.Latency.Estimate(now, Settings.LatencyDecay, Settings.InitialLatency) * (state.ActiveRequests + 1);
    }
}
