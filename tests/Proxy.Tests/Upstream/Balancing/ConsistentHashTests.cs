using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using static Mesh.Proxy.Tests.Upstream.TestClusters;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class ConsistentHashTests
{
    private const int Keys = 10_000;
    private const int Seeds = 20;

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    internal void A_new_endpoint_moves_hardly_more_keys_than_it_gets(BalancerKind kind)
    {
        foreach (var count in new[] { 1, 3, 10, 25, 49 })
        {
            var moved = 0.0;
            for (var seed = 0; seed < Seeds; seed++)
            {
                var endpoints = Endpoints(count + 1, seed);
                var before = Owners(kind, endpoints[..count]);
                var after = Owners(kind, endpoints);
                for (var i = 0; i < Keys; i++)
                {
                    moved += before[i] == after[i] ? 0 : 1.0 / (Keys * Seeds);
                }
            }

            Assert.InRange(moved, 0.7 / (count + 1), 1.3 / (count + 1));
        }
    }

    [Fact]
    public void On_a_ring_keys_move_to_the_new_endpoint_only()
    {
        var endpoints = Endpoints(11, seed: 7);
        var before = Owners(BalancerKind.RingHash, endpoints[..10]);
        var after = Owners(BalancerKind.RingHash, endpoints);

        Assert.All(before.Zip(after), pair => Assert.True(pair.First == pair.Second || pair.Second == endpoints[10].Address.ToString()));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    internal void An_ejected_endpoint_gives_its_keys_away_and_gets_the_same_ones_back(BalancerKind kind)
    {
        var endpoints = Endpoints(10, seed: 3);
        var cluster = Cluster(endpoints, Balancer(kind, endpoints, new Random(1)));
        var before = Picks(cluster);

        Eject(cluster, 4, true);
        var during = Picks(cluster);
        Eject(cluster, 4, false);

        Assert.DoesNotContain(4, during);
        // Ring: none of the others' keys move. Maglev: a few of them do.
        var others = before.Zip(during).Count(pair => pair.First != 4 && pair.First != pair.Second);
        Assert.InRange(others, 0, kind == BalancerKind.RingHash ? 0 : Keys / 20);
        Assert.Equal(before, Picks(cluster));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash, 0.25)]
    [InlineData(BalancerKind.Maglev, 0.12)]
    internal void Keys_are_shared_out_by_weight(BalancerKind kind, double tolerance)
    {
        var endpoints = Endpoints(4, seed: 5, [1, 2, 2, 5]);
        var counts = new int[4];
        foreach (var picked in Picks(Cluster(endpoints, Balancer(kind, endpoints, new Random(1)))))
        {
            counts[picked]++;
        }

        for (var i = 0; i < counts.Length; i++)
        {
            var share = endpoints[i].Weight / 10.0;
            Assert.InRange(counts[i] / (double)Keys, share * (1 - tolerance), share * (1 + tolerance));
        }
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    internal void The_order_of_the_list_does_not_matter(BalancerKind kind)
    {
        var endpoints = Endpoints(12, seed: 9);

        Assert.Equal(Owners(kind, endpoints), Owners(kind, [.. endpoints.Reverse()]));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    internal void A_retry_goes_to_the_next_owner_and_always_to_the_same(BalancerKind kind)
    {
        var endpoints = Endpoints(5, seed: 11);
        var cluster = Cluster(endpoints, Balancer(kind, endpoints, new Random(1)));
        for (var key = 0; key < 100; key++)
        {
            var hash = Hash(key);
            var tried = new List<Endpoint>();
            var order = new List<int>();
            for (var attempt = 0; attempt < 5; attempt++)
            {
                var picked = cluster.Balancer.Pick(new(cluster) { Hash = hash, Avoid = tried.ToArray() });
                order.Add(picked);
                tried.Add(endpoints[picked]);
            }

            Assert.Equal([0, 1, 2, 3, 4], order.Order());
            Assert.Equal(order[1], cluster.Balancer.Pick(new(cluster) { Hash = hash, Avoid = new[] { endpoints[order[0]] } }));
        }
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    internal void Requests_without_a_hash_are_spread(BalancerKind kind)
    {
        var endpoints = Endpoints(4, seed: 13);
        var counts = Counts(Cluster(endpoints, Balancer(kind, endpoints, new Random(17))), 10_000);

        Assert.All(counts, count => Assert.InRange(count, 1800, 3200));
    }

    [Fact]
    public void A_ring_of_two_has_the_points_that_were_asked_for()
    {
        var endpoints = Endpoints(2, seed: 1);
        var points = RingPoints.Of([.. endpoints.Select(e => System.Text.Encoding.ASCII.GetBytes(e.Address.ToString()))], 512);
        var ring = new HashRing([0, 1], [1, 1], points);

        Assert.Equal(1024, ring.Entries);
        Assert.Equal(512, Enumerable.Range(0, 1024).Count(i => ring.OwnerOfEntry(i) == 0));
    }

    private static ImmutableArray<Endpoint> Endpoints(int count, int seed, uint[]? weights = null)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Endpoint
                {
                    Address = new IPEndPoint(new IPAddress(random.NextInt64(1, uint.MaxValue)), 1 + i),
                    Weight = weights?[i] ?? 1,
                    Workload = WorkloadInfo.Unknown,
                    State = new EndpointState(),
                }),
        ];
    }

    private static RequestHash Hash(int key) =>
        new(XxHash64.Of(System.Text.Encoding.ASCII.GetBytes("user-" + key.ToString(CultureInfo.InvariantCulture))));

    private static int[] Picks(Cluster cluster) =>
        [.. Enumerable.Range(0, Keys).Select(key => cluster.Balancer.Pick(new(cluster) { Hash = Hash(key) }))];

    private static string[] Owners(BalancerKind kind, ImmutableArray<Endpoint> endpoints) =>
        [.. Picks(Cluster(endpoints, Balancer(kind, endpoints, new Random(1)))).Select(index => endpoints[index].Address.ToString())];
}
