using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>RING_HASH: each endpoint has points on a ring, and a hash belongs to the first point that follows it.</summary>
internal sealed class RingHashBalancer : HashBalancer
{
    private readonly Lazy<RingPoints> _points;

    public RingHashBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
        : base(endpoints, settings, random, time)
    {
        // Not before the first request: most proxies know far more clusters than they talk to.
        _points = new Lazy<RingPoints>(() =>
            RingPoints.Of([.. endpoints.Select(KeyOf)], PointsEach(settings.MinimumRingSize, endpoints.Length))
        );
    }

    protected override HashGroup MakeHashGroup(int[] members, double[] weights) => new HashRing(members, weights, _points.Value);

    private static int PointsEach(int minimumRingSize, int endpoints) =>
        Math.Clamp((minimumRingSize + 1) / 2, 1, Math.Max(1, BalancerSettings.MaximumRingSize / Math.Max(1, endpoints)));
}
