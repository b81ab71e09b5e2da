using Mesh.Proxy.Upstream.Balancing;
using Mesh.Tests;
using static Mesh.Proxy.Tests.Upstream.TestClusters;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class WarmUpTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0, 1, 0.1)]
    [InlineData(3, 1, 0.1)]
    [InlineData(30, 1, 0.5)]
    [InlineData(30, 2, 0.7071)]
    [InlineData(59.9, 1, 0.9983)]
    [InlineData(60, 1, 1)]
    public void The_factor_grows_with_time(double seconds, double aggression, double expected) =>
        Assert.Equal(expected, new SlowStart(Window, 10, aggression).Factor(TimeSpan.FromSeconds(seconds)), 4);

    [Theory]
    [InlineData(BalancerKind.RoundRobin)]
    [InlineData(BalancerKind.LeastRequest)]
    internal void A_new_endpoint_gets_its_share_little_by_little(BalancerKind kind)
    {
        var time = new ManualTime();
        var settings = new BalancerSettings(kind) { SlowStart = new(Window) };
        var endpoints = Endpoints(1, 1, 1, 1);
        var old = Cluster(endpoints[..3], LoadBalancer.Create(endpoints[..3], settings, new Random(1), time));
        AssertShares(Counts(old, 30_000), 1 / 3.0, 1 / 3.0, 1 / 3.0);
        time.Advance(Window);

        var cluster = Cluster(endpoints, LoadBalancer.Create(endpoints, settings, new Random(2), time), old.State);
        var now = 0;
        foreach (var (after, factor) in new[] { (0, 0.1), (15, 0.25), (30, 0.5), (60, 1.0) })
        {
            time.Advance(TimeSpan.FromSeconds(after - now));
            now = after;
            AssertShares(Counts(cluster, 100_000), 1 / (3 + factor), 1 / (3 + factor), 1 / (3 + factor), factor / (3 + factor));
        }
    }

    [Fact]
    public void Endpoints_that_came_together_share_evenly_from_the_start()
    {
        var endpoints = Endpoints(1, 1);
        var settings = new BalancerSettings(BalancerKind.RoundRobin) { SlowStart = new(Window) };

        Assert.Equal(
            [500, 500],
            Counts(Cluster(endpoints, LoadBalancer.Create(endpoints, settings, new Random(1), new ManualTime())), 1000)
        );
    }

    [Fact]
    public void A_table_that_warms_up_allocates_only_when_it_is_made()
    {
        var time = new ManualTime();
        var endpoints = Endpoints(1, 1, 1);
        var settings = new BalancerSettings(BalancerKind.LeastRequest) { SlowStart = new(Window) };
        var cluster = Cluster(endpoints, LoadBalancer.Create(endpoints, settings, new Random(1), time));

        Routing.RoutingAllocationTests.AssertNoAllocation(() => cluster.Balancer.Pick(new(cluster)));
    }
}
