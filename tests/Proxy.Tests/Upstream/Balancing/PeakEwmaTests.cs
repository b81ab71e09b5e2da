using Mesh.Proxy.Upstream.Balancing;
using Mesh.Tests;
using static Mesh.Proxy.Tests.Upstream.TestClusters;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class PeakEwmaTests
{
    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Initial = TimeSpan.FromMilliseconds(30);

    [Fact]
    public void It_jumps_up_and_comes_down_slowly()
    {
        var average = new PeakEwma();
        average.Observe(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1), Decay);
        Assert.Equal(5_000, average.Estimate(TimeSpan.FromSeconds(1), Decay, Initial), 1.0);
        average.Observe(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), Decay);
        Assert.Equal(100_000, average.Estimate(TimeSpan.FromSeconds(1), Decay, Initial), 1.0);

        // After one decay time a new measurement counts for 63 %.
        average.Observe(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(11), Decay);
        Assert.Equal(
            (100_000 * Math.Exp(-1)) + (10_000 * (1 - Math.Exp(-1))),
            average.Estimate(TimeSpan.FromSeconds(11), Decay, Initial),
            10.0
        );
    }

    [Fact]
    public void Without_news_it_sinks()
    {
        var average = new PeakEwma();
        average.Observe(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), Decay);

        Assert.Equal(1_000_000 * Math.Exp(-3), average.Estimate(TimeSpan.FromSeconds(31), Decay, Initial), 10.0);
    }

    [Fact]
    public void What_was_only_assumed_sinks_too()
    {
        var average = new PeakEwma();

        Assert.Equal(30_000, average.Estimate(TimeSpan.FromSeconds(1), Decay, Initial), 1.0);
        Assert.Equal(30_000 * Math.Exp(-2), average.Estimate(TimeSpan.FromSeconds(21), Decay, Initial), 1.0);
    }

    [Fact]
    public void The_quick_endpoint_is_preferred_and_the_slow_one_not_forgotten()
    {
        var time = new ManualTime();
        var endpoints = Endpoints(1, 1, 1, 1);
        var random = new Random(5);
        var cluster = Cluster(endpoints, LoadBalancer.Create(endpoints, new(BalancerKind.PeakEwma), random, time));
        var ends = new PriorityQueue<(int Endpoint, int Took), int>();
        var counts = new int[4];
        for (var now = 0; now < 60_000; now++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            while (ends.TryPeek(out var done, out var at) && at <= now)
            {
                ends.Dequeue();
                endpoints[done.Endpoint].State.RequestEnded(failed: false);
                cluster.Balancer.Answered(endpoints[done.Endpoint], TimeSpan.FromMilliseconds(done.Took));
            }

            if (now % 5 == 0)
            {
                var picked = cluster.Balancer.Pick(new(cluster));
                endpoints[picked].State.RequestStarted();
                counts[picked]++;
                var took = picked == 0 ? 200 : 10;
                ends.Enqueue((picked, took), now + took);
            }
        }

        // At random it would be 3000 of 12000.
        Assert.InRange(counts[0], 2, 600);
        Assert.All(counts[1..], count => Assert.InRange(count, 3000, 5000));
    }

    [Fact]
    public void Observing_allocates_nothing()
    {
        var average = new PeakEwma();
        Routing.RoutingAllocationTests.AssertNoAllocation(() => average.Observe(Initial, Decay, Decay));
    }
}
