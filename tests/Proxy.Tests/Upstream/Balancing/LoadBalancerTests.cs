using Mesh.Proxy.Tests.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using static Mesh.Proxy.Tests.Upstream.TestClusters;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class LoadBalancerTests
{
    private const int Picks = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Round_robin_takes_equal_endpoints_strictly_in_turn(int count)
    {
        var endpoints = Endpoints([.. Enumerable.Repeat(5u, count)]);
        var cluster = Cluster(endpoints, LoadBalancer.RoundRobin(endpoints));

        var last = cluster.Balancer.Pick(new(cluster));
        for (var i = 0; i < 100; i++)
        {
            var next = cluster.Balancer.Pick(new(cluster));
            Assert.Equal((last + 1) % count, next);
            last = next;
        }
    }

    [Fact]
    public void Round_robin_gives_any_100_picks_their_weights_within_2()
    {
        uint[] weights = [50, 25, 15, 10];
        var endpoints = Endpoints(weights);
        var cluster = Cluster(endpoints, LoadBalancer.RoundRobin(endpoints));
        var picks = Enumerable.Range(0, 5000).Select(_ => cluster.Balancer.Pick(new(cluster))).ToArray();

        for (var start = 0; start + 100 <= picks.Length; start++)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                Assert.InRange(picks.AsSpan(start, 100).Count(i), (int)weights[i] - 2, (int)weights[i] + 2);
            }
        }
    }

    [Fact]
    public void Round_robin_goes_on_where_it_was_when_endpoints_change()
    {
        var endpoints = Endpoints(1, 1, 1);
        var state = new ClusterState();
        var before = Cluster(endpoints, LoadBalancer.RoundRobin(endpoints), state);
        var after = Cluster(endpoints, LoadBalancer.RoundRobin(endpoints), state);

        var first = before.Balancer.Pick(new(before));
        var second = after.Balancer.Pick(new(after));
        var third = before.Balancer.Pick(new(before));

        Assert.Equal([0, 1, 2], new[] { first, second, third }.Order());
    }

    [Fact]
    public void Random_gives_shares_by_weight()
    {
        var endpoints = Endpoints(1, 2, 0, 5);
        AssertShares(Counts(Cluster(endpoints, Balancer(BalancerKind.Random, endpoints, new Random(1))), Picks), 0.125, 0.25, 0, 0.625);
    }

    [Fact]
    public void Random_over_many_endpoints_gives_shares_by_weight()
    {
        var weights = Enumerable.Range(1, 40).Select(i => (uint)(i % 4)).ToArray();
        var endpoints = Endpoints(weights);

        AssertShares(
            Counts(Cluster(endpoints, Balancer(BalancerKind.Random, endpoints, new Random(2))), Picks),
            [.. weights.Select(weight => weight / 60.0)]
        );
    }

    [Fact]
    public void Random_with_the_same_seed_picks_the_same()
    {
        var endpoints = Endpoints(1, 1, 1);
        int[] Run()
        {
            var cluster = Cluster(endpoints, Balancer(BalancerKind.Random, endpoints, new Random(3)));
            return [.. Enumerable.Range(0, 100).Select(_ => cluster.Balancer.Pick(new(cluster)))];
        }

        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void Least_request_gives_idle_endpoints_shares_by_weight()
    {
        var equal = Endpoints(1, 1, 1, 1);
        AssertShares(Counts(Cluster(equal, Balancer(BalancerKind.LeastRequest, equal, new Random(4))), Picks), 0.25, 0.25, 0.25, 0.25);

        var weighted = Endpoints(1, 3);
        AssertShares(Counts(Cluster(weighted, Balancer(BalancerKind.LeastRequest, weighted, new Random(5))), Picks), 0.25, 0.75);
    }

    [Fact]
    public void Least_request_always_takes_the_idle_one_of_two()
    {
        var endpoints = Endpoints(1, 1);
        endpoints[0].State.RequestStarted();
        var cluster = Cluster(endpoints, Balancer(BalancerKind.LeastRequest, endpoints, new Random(6)));

        Assert.Equal([0, 1000], Counts(cluster, 1000));
    }

    [Fact]
    public void Least_request_never_takes_the_busiest_of_many()
    {
        var endpoints = Endpoints(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        endpoints[3].State.RequestStarted();
        var counts = Counts(Cluster(endpoints, Balancer(BalancerKind.LeastRequest, endpoints, new Random(7))), 10_000);

        Assert.Equal(0, counts[3]);
        Assert.All(counts.Where((_, index) => index != 3), count => Assert.InRange(count, 800, 1450));
    }

    [Fact]
    public void Least_request_compares_load_for_weight()
    {
        var endpoints = Endpoints(1, 3);
        endpoints[0].State.RequestStarted();
        endpoints[1].State.RequestStarted();
        endpoints[1].State.RequestStarted();
        var cluster = Cluster(endpoints, Balancer(BalancerKind.LeastRequest, endpoints, new Random(8)));

        // 1/1 is busier than 2/3.
        Assert.Equal([0, 100], Counts(cluster, 100));
    }

    [Fact]
    public void Least_request_keeps_the_load_of_a_slow_endpoint_near_that_of_the_others()
    {
        var endpoints = Endpoints(1, 1, 1, 1);
        var random = new Random(9);
        var cluster = Cluster(endpoints, Balancer(BalancerKind.LeastRequest, endpoints, random));
        var ends = new PriorityQueue<int, int>();
        var slow = 0;
        for (var now = 0; now < 20_000; now++)
        {
            while (ends.TryPeek(out var done, out var at) && at <= now)
            {
                ends.Dequeue();
                endpoints[done].State.RequestEnded(failed: false);
            }

            var picked = cluster.Balancer.Pick(new(cluster));
            endpoints[picked].State.RequestStarted();
            slow += picked == 0 ? 1 : 0;
            ends.Enqueue(picked, now + (picked == 0 ? 100 : 10));
        }

        // At random the slow one would get 25 % and hold 25 requests at once; here it gets far less and holds few.
        Assert.InRange(slow, 200, 2000);
        Assert.InRange(endpoints[0].State.ActiveRequests, 1, 10);
    }

    [Fact]
    public void Nothing_is_picked_where_nothing_has_weight()
    {
        foreach (var endpoints in new[] { Endpoints(), Endpoints(0, 0) })
        {
            foreach (var balancer in All(endpoints))
            {
                Assert.Equal(-1, balancer.Pick(new(Cluster(endpoints, balancer))));
            }
        }
    }

    [Fact]
    public void The_only_endpoint_with_weight_gets_everything()
    {
        var endpoints = Endpoints(0, 7, 0);
        Assert.All(All(endpoints), balancer => Assert.Equal([0, 500, 0], Counts(Cluster(endpoints, balancer), 500)));
    }

    [Fact]
    public void Picking_allocates_nothing()
    {
        foreach (
            var endpoints in new[] { Endpoints(1, 1, 1), Endpoints(1, 2, 3), Endpoints([.. Enumerable.Range(1, 50).Select(i => (uint)i)]) }
        )
        {
            foreach (var balancer in All(endpoints))
            {
                var cluster = Cluster(endpoints, balancer);
                RoutingAllocationTests.AssertNoAllocation(() => balancer.Pick(new(cluster)));
            }
        }

        var weights = TestRoutes.Weights(70, 20, 10);
        RoutingAllocationTests.AssertNoAllocation(() => weights.Pick());
    }

    private static LoadBalancer[] All(System.Collections.Immutable.ImmutableArray<Endpoint> endpoints) =>
        [
            LoadBalancer.RoundRobin(endpoints),
            Balancer(BalancerKind.Random, endpoints, new Random(10)),
            Balancer(BalancerKind.LeastRequest, endpoints, new Random(11)),
            LoadBalancer.Create(endpoints, new(BalancerKind.LeastRequest) { Choices = 4 }, new Random(12), TimeProvider.System),
            Balancer(BalancerKind.PeakEwma, endpoints, new Random(13)),
            Balancer(BalancerKind.RingHash, endpoints, new Random(14)),
            Balancer(BalancerKind.Maglev, endpoints, new Random(15)),
        ];
}
