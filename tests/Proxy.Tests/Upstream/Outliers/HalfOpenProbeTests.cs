using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class HalfOpenProbeTests
{
    private static readonly OutlierPolicy Probing = OutlierBench.Nothing with { Any5xx = new(2), Probe = new(1) };

    [Fact]
    public void When_its_time_is_over_one_request_tries_it_and_all_others_go_elsewhere()
    {
        var bench = new OutlierBench(Probing);
        bench.Answer(0, 500, 2);
        bench.Pass(20);
        Assert.Null(bench.State.TakeProbe());
        bench.Decisions();
        bench.Pass(10);
        Assert.Equal(DecisionKind.HalfOpen, Assert.Single(bench.Decisions()).Kind);
        Assert.Equal([0], bench.Ejected);
        Assert.Same(bench.Endpoints[0], bench.State.TakeProbe());
        Assert.Null(bench.State.TakeProbe());
        bench.Pass(20);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void A_success_returns_it()
    {
        var bench = HalfOpen(Probing);
        bench.State.TakeProbe();
        bench.Answer(0, 404);
        Assert.Empty(bench.Ejected);
        var returned = Assert.Single(bench.Decisions());
        Assert.Equal((DecisionKind.Returned, ReturnReason.ProbeSucceeded), (returned.Kind, returned.Reason));
        Assert.Null(bench.State.TakeProbe());
    }

    [Fact]
    public void A_failure_ejects_it_for_longer()
    {
        var bench = HalfOpen(Probing);
        bench.State.TakeProbe();
        bench.Report(0, AttemptOutcome.ConnectFailed);
        var ejected = Assert.Single(bench.Decisions());
        Assert.Equal((DecisionKind.Ejected, Detector.HalfOpenProbe), (ejected.Kind, ejected.Detector));
        Assert.Equal(TimeSpan.FromSeconds(60), ejected.Time);
        Assert.Equal((1, 1), (ejected.Ejected, bench.State.Ejected));
        bench.Pass(50);
        Assert.Null(bench.State.TakeProbe());
        bench.Pass(10);
        Assert.NotNull(bench.State.TakeProbe());
    }

    [Fact]
    public void Several_successes_in_a_row_can_be_asked_for()
    {
        var bench = HalfOpen(Probing with { Probe = new(3) });
        for (var i = 0; i < 2; i++)
        {
            Assert.NotNull(bench.State.TakeProbe());
            bench.Answer(0, 200);
            Assert.Equal([0], bench.Ejected);
        }

        Assert.NotNull(bench.State.TakeProbe());
        bench.Answer(0, 500);
        bench.Pass(60);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([0], bench.Ejected);
            Assert.NotNull(bench.State.TakeProbe());
            bench.Answer(0, 200);
        }

        Assert.Empty(bench.Ejected);
    }

    [Fact]
    public void A_probe_that_says_nothing_leaves_it_to_the_next_request()
    {
        var bench = HalfOpen(Probing);
        Assert.NotNull(bench.State.TakeProbe());
        bench.Report(0, AttemptOutcome.Unknown);
        Assert.Equal([0], bench.Ejected);
        Assert.Same(bench.Endpoints[0], bench.State.TakeProbe());
    }

    [Fact]
    public void A_probe_that_never_ends_keeps_it_out_for_the_base_time_only()
    {
        var bench = HalfOpen(Probing);
        Assert.NotNull(bench.State.TakeProbe());
        bench.Pass(20);
        Assert.Null(bench.State.TakeProbe());
        bench.Pass(10);
        Assert.NotNull(bench.State.TakeProbe());
    }

    [Fact]
    public void Reports_of_requests_that_are_no_probe_decide_nothing()
    {
        var bench = HalfOpen(Probing);
        bench.Answer(0, 200);
        bench.Answer(0, 500, 10);
        Assert.Empty(bench.Decisions());
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void All_may_be_out_and_each_gets_its_probe()
    {
        var bench = new OutlierBench(Probing, 3);
        for (var i = 0; i < 3; i++)
        {
            bench.Answer(i, 500, 2);
        }

        bench.Pass(30);
        var probed = new[] { bench.State.TakeProbe(), bench.State.TakeProbe(), bench.State.TakeProbe(), bench.State.TakeProbe() };
        Assert.Equal([.. bench.Endpoints, null], probed);
    }

    [Fact]
    public void Without_the_rule_it_returns_at_the_next_sweep()
    {
        var bench = HalfOpen(Probing);
        bench.Change(Probing with { Probe = null });
        bench.Pass(10);
        Assert.Empty(bench.Ejected);
        Assert.Null(bench.State.TakeProbe());
    }

    [Fact]
    public void An_endpoint_that_the_control_plane_calls_unhealthy_gets_no_probe()
    {
        var bench = HalfOpen(Probing);
        var ejected = bench.Endpoints[0];
        bench.Change(
            endpoints:
            [
                new()
                {
                    Address = ejected.Address,
                    Weight = 1,
                    Workload = ejected.Workload,
                    State = ejected.State,
                    Health = EndpointHealth.Unhealthy,
                },
                bench.Endpoints[1],
            ]
        );
        Assert.Null(bench.State.TakeProbe());
        bench.Pass(10);
        Assert.Empty(bench.Ejected);

        bench.Answer(0, 500, 2);
        bench.Pass(60);
        Assert.Null(bench.State.TakeProbe());
        Assert.Empty(bench.Ejected);
    }

    [Fact]
    public void A_new_configuration_keeps_probes_due()
    {
        var bench = HalfOpen(Probing);
        bench.Change(Probing with { Probe = new(1), Any5xx = new(7) });
        Assert.Same(bench.Endpoints[0], bench.State.TakeProbe());
    }

    private static OutlierBench HalfOpen(OutlierPolicy policy)
    {
        var bench = new OutlierBench(policy);
        bench.Answer(0, 500, 2);
        bench.Pass(30);
        bench.Decisions();
        return bench;
    }
}
