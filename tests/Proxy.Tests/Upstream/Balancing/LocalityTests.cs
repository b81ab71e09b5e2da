using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using static Mesh.Proxy.Tests.Upstream.TestClusters;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class LocalityTests
{
    private const int Picks = 100_000;

    public static TheoryData<string> Kinds => [.. Enum.GetNames<BalancerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Only_the_first_priority_is_used_while_it_can_take_everything(string kind)
    {
        // 3 of 4 are left: 1.4 times that is enough.
        var endpoints = Endpoints((0, "a", 4), (1, "b", 4));
        var cluster = Cluster(kind, endpoints);
        Eject(cluster, 0, true);

        Assert.Equal([0, 1, 1, 1, 0, 0, 0, 0], Counts(cluster, 1000).Select(count => Math.Min(count, 1)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Traffic_goes_over_to_the_next_priority_as_endpoints_fail(string kind)
    {
        var endpoints = Endpoints((0, "a", 4), (1, "b", 4));
        var cluster = Cluster(kind, endpoints);
        Eject(cluster, 0, true);
        Eject(cluster, 1, true);

        // 1.4 * 2/4 = 70 % stay.
        AssertShares(ByPriority(cluster, Picks), 0.7, 0.3);
        Eject(cluster, 2, true);
        Eject(cluster, 3, true);
        Assert.Equal([0, 1000], ByPriority(cluster, 1000));
        Eject(cluster, 0, false);
        Eject(cluster, 1, false);
        Eject(cluster, 2, false);
        Assert.Equal([1000, 0], ByPriority(cluster, 1000));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Localities_get_traffic_by_their_weights_however_many_endpoints_they_have(string kind)
    {
        var endpoints = Weighted(("a", 80, 2), ("b", 20, 6));
        var cluster = Cluster(kind, endpoints, new(Enum.Parse<BalancerKind>(kind)) { LocalityWeighted = true });
        var shares = Keyed(cluster, Picks)
            .GroupBy(e => e.Locality.Zone)
            .OrderBy(g => g.Key)
            .Select(g => g.Count() / (double)Picks)
            .ToArray();

        // A ring's share is only as even as its points: 2 x 512 of them for "a", fewer for "b".
        var tolerance = kind == nameof(BalancerKind.RingHash) ? 0.05 : 0.01;
        Assert.InRange(shares[0], 0.8 - tolerance, 0.8 + tolerance);
        Assert.InRange(shares[1], 0.2 - tolerance, 0.2 + tolerance);
    }

    [Fact]
    public void A_locality_keeps_its_weight_only_while_its_endpoints_can_make_up_for_the_failed_ones()
    {
        var endpoints = Weighted(("a", 50, 4), ("b", 50, 4));
        var cluster = Cluster(nameof(BalancerKind.Random), endpoints, new(BalancerKind.Random) { LocalityWeighted = true });

        Eject(cluster, 0, true);
        AssertShares(ByZone(cluster), 0.5, 0.5);
        Eject(cluster, 1, true);
        // 1.4 * 2/4 = 0.7 of its weight is left.
        AssertShares(ByZone(cluster), 0.7 / 1.7, 1 / 1.7);
    }

    [Fact]
    public void A_locality_without_weight_gets_nothing_where_others_have_one()
    {
        var endpoints = Weighted(("a", 100, 2), ("b", 0, 2));
        var cluster = Cluster(nameof(BalancerKind.RoundRobin), endpoints, new(BalancerKind.RoundRobin) { LocalityWeighted = true });

        Assert.Equal([500, 500, 0, 0], Counts(cluster, 1000));
    }

    [Fact]
    public void Round_robin_is_strict_inside_each_locality()
    {
        var endpoints = Weighted(("a", 70, 3), ("b", 30, 2));
        var cluster = Cluster(nameof(BalancerKind.RoundRobin), endpoints, new(BalancerKind.RoundRobin) { LocalityWeighted = true });
        var counts = Counts(cluster, 1000);

        Assert.All(counts[..3], count => Assert.InRange(count, 232, 235));
        Assert.All(counts[3..], count => Assert.InRange(count, 149, 151));
    }

    [Fact]
    public void Endpoints_that_the_control_plane_calls_unhealthy_are_not_picked_and_degraded_ones_last()
    {
        var endpoints = Endpoints((0, "a", 3));
        endpoints =
        [
            With(endpoints[0], EndpointHealth.Unhealthy),
            With(endpoints[1], EndpointHealth.Degraded),
            With(endpoints[2], EndpointHealth.Healthy),
        ];
        var cluster = Cluster(nameof(BalancerKind.Random), endpoints);

        // 1.4/3 of the traffic is what the healthy one can take, as much the degraded one; together they take all.
        AssertShares(Counts(cluster, Picks), 0, 0.5, 0.5);
        Eject(cluster, 2, true);
        Assert.Equal([0, 1000, 0], Counts(cluster, 1000));
    }

    [Fact]
    public void In_a_panic_everything_is_picked_from()
    {
        var endpoints = Endpoints((0, "a", 4));
        var calm = Cluster(nameof(BalancerKind.Random), endpoints);
        for (var i = 0; i < 3; i++)
        {
            Eject(calm, i, true);
        }

        Assert.Equal([0, 0, 0, 1000], Counts(calm, 1000));
        AssertShares(Counts(Cluster(nameof(BalancerKind.Random), endpoints, panic: 50), Picks), 0.25, 0.25, 0.25, 0.25);
        Eject(calm, 3, true);
        Assert.Equal(-1, calm.Balancer.Pick(new(calm)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_retry_avoids_priorities_until_there_is_no_other(string kind)
    {
        var endpoints = Endpoints((0, "a", 3), (1, "b", 3));
        var cluster = Cluster(kind, endpoints);
        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(cluster.Balancer.Pick(new(cluster) { AvoidPriorities = endpoints[0].PriorityBit }), 3, 5);
            Assert.InRange(cluster.Balancer.Pick(new(cluster) { AvoidPriorities = 3 }), 0, 2);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_retry_avoids_endpoints_until_there_is_no_other(string kind)
    {
        var endpoints = Endpoints((0, "a", 4));
        var cluster = Cluster(kind, endpoints);
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(2, cluster.Balancer.Pick(new(cluster) { Avoid = new[] { endpoints[0], endpoints[1], endpoints[3] } }));
            Assert.InRange(cluster.Balancer.Pick(new(cluster) { Avoid = endpoints.AsSpan() }), 0, 3);
        }
    }

    private static int[] ByPriority(Cluster cluster, int picks)
    {
        var counts = new int[2];
        foreach (var endpoint in Keyed(cluster, picks))
        {
            counts[endpoint.Priority]++;
        }

        return counts;
    }

    private static int[] ByZone(Cluster cluster) =>
        [.. Keyed(cluster, Picks).GroupBy(e => e.Locality.Zone).OrderBy(g => g.Key).Select(g => g.Count())];

    // Each pick with another hash, for those that go by it.
    private static Endpoint[] Keyed(Cluster cluster, int picks)
    {
        var random = new Random(picks);
        return
        [
            .. Enumerable
                .Range(0, picks)
                .Select(_ => cluster.Endpoints[cluster.Balancer.Pick(new(cluster) { Hash = new((ulong)random.NextInt64()) })]),
        ];
    }

    private static Cluster Cluster(string kind, ImmutableArray<Endpoint> endpoints, BalancerSettings? settings = null, double panic = 0)
    {
        settings ??= new(Enum.Parse<BalancerKind>(kind));
        return TestClusters.Cluster(endpoints, LoadBalancer.Create(endpoints, settings, new Random(3), TimeProvider.System), panic: panic);
    }

    private static ImmutableArray<Endpoint> Endpoints(params (int Priority, string Zone, int Count)[] groups) =>
        [.. groups.SelectMany(group => Enumerable.Range(0, group.Count).Select(i => Endpoint(group.Zone, i, group.Priority, 0)))];

    private static ImmutableArray<Endpoint> Weighted(params (string Zone, uint Weight, int Count)[] groups) =>
        [.. groups.SelectMany(group => Enumerable.Range(0, group.Count).Select(i => Endpoint(group.Zone, i, 0, group.Weight)))];

    private static Endpoint Endpoint(string zone, int index, int priority, uint localityWeight) =>
        new()
        {
            Address = new IPEndPoint(IPAddress.Loopback, (zone[0] * 100) + index),
            Weight = 1,
            Workload = WorkloadInfo.Unknown,
            State = new EndpointState(),
            Priority = priority,
            Locality = new Locality("r", zone, ""),
            LocalityWeight = localityWeight,
        };

    private static Endpoint With(Endpoint endpoint, EndpointHealth health) =>
        new()
        {
            Address = endpoint.Address,
            Weight = endpoint.Weight,
            Workload = endpoint.Workload,
            State = endpoint.State,
            Health = health,
        };
}
