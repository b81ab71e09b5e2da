using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class EjectionTimeTests
{
    private static readonly OutlierPolicy One = OutlierBench.Nothing with { Any5xx = new(1) };

    [Fact]
    public void Each_further_ejection_is_longer_by_the_base_up_to_the_cap()
    {
        var bench = new OutlierBench(One);
        foreach (var expected in new[] { 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300 })
        {
            bench.Answer(0, 500);
            Assert.Equal(TimeSpan.FromSeconds(expected), bench.Decisions().Single(d => d.Kind == DecisionKind.Ejected).Time);
            Assert.Equal(expected / 10, bench.IntervalsUntilReturn(0));
        }

        Assert.Equal(12, bench.Endpoints[0].State.Ejection.Ejections);
    }

    [Fact]
    public void It_returns_with_the_sweep_after_its_time()
    {
        var bench = new OutlierBench(One with { BaseEjectionTime = TimeSpan.FromSeconds(12) });
        bench.Pass(5);
        bench.Answer(0, 500);
        bench.Pass(12);
        Assert.Equal([0], bench.Ejected);
        bench.Decisions();
        bench.Pass(3);
        Assert.Empty(bench.Ejected);
        var returned = Assert.Single(bench.Decisions());
        Assert.Equal((DecisionKind.Returned, ReturnReason.TimeOver), (returned.Kind, returned.Reason));
        Assert.Equal(TimeSpan.FromSeconds(15), returned.Time);
    }

    [Fact]
    public void Every_healthy_interval_takes_one_ejection_off_the_count()
    {
        var bench = new OutlierBench(One);
        for (var i = 0; i < 3; i++)
        {
            bench.Answer(0, 500);
            bench.IntervalsUntilReturn(0);
        }

        Assert.Equal(3, bench.Endpoints[0].State.Ejection.Multiplier);
        // The sweep that returned it does not count as healthy.
        bench.Pass(10);
        Assert.Equal(2, bench.Endpoints[0].State.Ejection.Multiplier);
        bench.Pass(10);
        Assert.Equal(1, bench.Endpoints[0].State.Ejection.Multiplier);
        bench.Pass(100);
        Assert.Equal(0, bench.Endpoints[0].State.Ejection.Multiplier);
        bench.Decisions();
        bench.Answer(0, 500);
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(bench.Decisions()).Time);
    }

    [Fact]
    public void The_count_does_not_grow_far_beyond_the_cap_so_that_it_decays_in_time()
    {
        var bench = new OutlierBench(One);
        for (var i = 0; i < 100; i++)
        {
            bench.Answer(0, 500);
            bench.IntervalsUntilReturn(0);
        }

        Assert.Equal(11, bench.Endpoints[0].State.Ejection.Multiplier);
    }

    [Fact]
    public void A_base_longer_than_the_cap_of_300_s_is_held()
    {
        var policy = One with { BaseEjectionTime = TimeSpan.FromSeconds(400), MaxEjectionTime = TimeSpan.FromSeconds(400) };
        var bench = new OutlierBench(policy);
        bench.Answer(0, 500);
        Assert.Equal(40, bench.IntervalsUntilReturn(0));
    }

    [Fact]
    public void Jitter_is_added_within_its_bound()
    {
        var bench = new OutlierBench(One with { MaxEjectionTimeJitter = TimeSpan.FromSeconds(20) }, 100);
        for (var i = 0; i < 100; i++)
        {
            bench.Answer(i, 500);
        }

        var times = bench.Decisions().Select(d => d.Time.TotalSeconds).ToList();
        Assert.All(times, t => Assert.InRange(t, 30, 50));
        Assert.True(times.Max() - times.Min() > 10, $"{times.Min()} to {times.Max()}");
    }

    [Fact]
    public void The_time_left_is_that_until_the_end()
    {
        var bench = new OutlierBench(One);
        var ejection = bench.Endpoints[0].State.Ejection;
        Assert.Equal(TimeSpan.Zero, ejection.TimeLeft(bench.Policy, bench.Now));
        bench.Answer(0, 500);
        bench.Pass(12);
        Assert.Equal(TimeSpan.FromSeconds(18), ejection.TimeLeft(bench.Policy, bench.Now));
    }

    [Fact]
    public void A_new_base_counts_for_the_ejections_that_are_on()
    {
        var bench = new OutlierBench(One);
        bench.Answer(0, 500);
        bench.Change(One with { BaseEjectionTime = TimeSpan.FromSeconds(10) });
        Assert.Equal([0], bench.Ejected);
        Assert.Equal(1, bench.IntervalsUntilReturn(0));
    }

    [Fact]
    public void Counts_and_ejections_survive_a_new_configuration_and_its_limits_take_effect()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Any5xx = new(5) }, 3);
        bench.Answer(0, 500, 4);
        bench.Answer(1, 500, 5);
        bench.Change(bench.Policy with { Interval = TimeSpan.FromSeconds(5) });
        Assert.Equal([1], bench.Ejected);
        bench.Answer(0, 500);
        Assert.Equal([0, 1], bench.Ejected);

        // Beyond the lowered limit already, and found by the next error.
        bench.Answer(2, 500, 4);
        bench.Change(bench.Policy with { Any5xx = new(2) });
        bench.Answer(2, 500);
        Assert.Equal([0, 1, 2], bench.Ejected);
    }

    [Fact]
    public void A_lowered_share_gives_back_at_once()
    {
        var bench = new OutlierBench(One, 4);
        for (var i = 0; i < 4; i++)
        {
            bench.Answer(i, 500);
        }

        bench.Change(One with { MaxEjectionPercent = 25 });
        Assert.Equal([3], bench.Ejected);
    }

    [Fact]
    public void Without_outlier_detection_everybody_returns_and_nothing_is_counted()
    {
        var bench = new OutlierBench(One);
        bench.Answer(0, 500);
        bench.Answer(1, 500);
        bench.Decisions();
        bench.SwitchOff();
        Assert.Empty(bench.Ejected);
        Assert.Equal(0, bench.State.Ejected);
        var decisions = bench.Decisions();
        Assert.Equal(2, decisions.Count);
        Assert.All(decisions, d => Assert.Equal((DecisionKind.Returned, ReturnReason.SwitchedOff), (d.Kind, d.Reason)));
        bench.Answer(0, 500, 100);
        Assert.Empty(bench.Decisions());

        bench.Change();
        bench.Answer(0, 500);
        Assert.Equal([0], bench.Ejected);
    }
}
