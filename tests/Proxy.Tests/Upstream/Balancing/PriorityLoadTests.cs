using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class PriorityLoadTests
{
    // The table of Envoy's documentation, "Priority levels": health of the first and the second priority, and what each gets.
    [Theory]
    [InlineData(100, 100, 100, 0)]
    [InlineData(72, 72, 100, 0)]
    [InlineData(71, 71, 99.4, 0.6)]
    [InlineData(50, 50, 70, 30)]
    [InlineData(25, 100, 35, 65)]
    [InlineData(25, 25, 50, 50)]
    [InlineData(0, 100, 0, 100)]
    public void The_next_priority_takes_what_the_first_cannot(int first, int second, double firstLoad, double secondLoad)
    {
        var loads = PriorityLoad.Of([new(100, first, 0), new(100, second, 0)], 140, panicThreshold: 0);

        Assert.Equal(firstLoad, loads[0].Healthy * 100, 0.01);
        Assert.Equal(secondLoad, loads[1].Healthy * 100, 0.01);
        Assert.All(loads, load => Assert.False(load.Panic));
    }

    [Fact]
    public void Healthy_endpoints_of_a_later_priority_come_before_degraded_ones_of_the_first()
    {
        var loads = PriorityLoad.Of([new(10, 0, 10), new(10, 5, 5)], 140, panicThreshold: 0);

        Assert.Equal(0.7, loads[1].Healthy, 6);
        Assert.Equal(0.3, loads[0].Degraded, 6);
        Assert.Equal(0, loads[1].Degraded, 6);
    }

    [Fact]
    public void Where_all_priorities_panic_each_gets_traffic_by_its_endpoints()
    {
        var loads = PriorityLoad.Of([new(30, 1, 0), new(10, 1, 0)], 140, panicThreshold: 50);

        Assert.All(loads, load => Assert.True(load.Panic));
        Assert.Equal(0.75, loads[0].Healthy, 6);
        Assert.Equal(0.25, loads[1].Healthy, 6);
    }

    [Fact]
    public void Nobody_panics_while_the_priorities_together_can_take_everything()
    {
        var loads = PriorityLoad.Of([new(10, 1, 0), new(10, 10, 0)], 140, panicThreshold: 50);

        Assert.All(loads, load => Assert.False(load.Panic));
        Assert.Equal(0.14, loads[0].Healthy, 6);
        Assert.Equal(0.86, loads[1].Healthy, 6);
    }

    [Fact]
    public void Without_a_panic_threshold_nothing_is_loaded_where_nothing_works()
    {
        var loads = PriorityLoad.Of([new(10, 0, 0), new(0, 0, 0)], 140, panicThreshold: 0);

        Assert.All(loads, load => Assert.Equal(new PriorityLoad(0, 0, false), load));
    }
}
