using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class ConsecutiveErrorTests
{
    private static readonly OutlierPolicy Five = OutlierBench.Nothing with { Any5xx = new(5) };

    [Fact]
    public void Five_5xx_in_a_row_eject_and_four_do_not()
    {
        var bench = new OutlierBench(Five);
        bench.Answer(0, 500, 4);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 599);
        Assert.Equal([0], bench.Ejected);
        var decision = Assert.Single(bench.Decisions());
        Assert.Equal(DecisionKind.Ejected, decision.Kind);
        Assert.Equal(Detector.Consecutive5xx, decision.Detector);
        Assert.Equal(TimeSpan.FromSeconds(30), decision.Time);
        Assert.Equal((5, 5, 1, 2), ((int)decision.Value, (int)decision.Limit, decision.Ejected, decision.Total));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(404)]
    [InlineData(429)]
    public void Any_other_answer_starts_the_count_again(int status)
    {
        var bench = new OutlierBench(Five);
        bench.Answer(0, 500, 4);
        bench.Answer(0, status);
        bench.Answer(0, 500, 4);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 500);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void Endpoints_are_counted_apart()
    {
        var bench = new OutlierBench(Five, 3);
        for (var i = 0; i < 4; i++)
        {
            bench.Answer(0, 503);
            bench.Answer(1, 503);
            bench.Answer(2, 200);
        }

        Assert.Empty(bench.Ejected);
        bench.Answer(1, 503);
        Assert.Equal([1], bench.Ejected);
    }

    [Fact]
    public void Nothing_is_detected_with_0_errors()
    {
        var bench = new OutlierBench(OutlierBench.Nothing);
        bench.Answer(0, 503, 100);
        bench.Report(0, AttemptOutcome.ConnectFailed, 100);
        Assert.Empty(bench.Decisions());
    }

    [Theory]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(500, false)]
    [InlineData(505, false)]
    public void Gateway_errors_are_502_503_and_504(int status, bool counted)
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Gateway = new(3) });
        bench.Answer(0, status, 3);
        Assert.Equal(counted, bench.Ejected.Any());
        if (counted)
        {
            Assert.Equal(Detector.ConsecutiveGatewayErrors, Assert.Single(bench.Decisions()).Detector);
        }
    }

    [Fact]
    public void A_500_between_gateway_errors_starts_their_count_again_but_not_that_of_5xx()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Gateway = new(3), Any5xx = new(5) });
        bench.Answer(0, 503, 2);
        bench.Answer(0, 500);
        bench.Answer(0, 503);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 503);
        Assert.Equal(Detector.Consecutive5xx, Assert.Single(bench.Decisions()).Detector);
    }

    [Fact]
    public void Both_limits_reached_at_once_are_one_ejection()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Gateway = new(3), Any5xx = new(3) });
        bench.Answer(0, 503, 3);
        Assert.Equal(Detector.ConsecutiveGatewayErrors, Assert.Single(bench.Decisions()).Detector);
    }

    public static TheoryData<string> LocalFailures => new() { "connect", "timeout", "reset" };

    [Theory]
    [MemberData(nameof(LocalFailures))]
    public void Local_failures_count_as_gateway_errors_unless_they_are_split(string kind)
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Gateway = new(3), LocalOrigin = new(2) });
        bench.Report(0, Local(kind), 3);
        Assert.Equal(Detector.ConsecutiveGatewayErrors, Assert.Single(bench.Decisions()).Detector);
    }

    [Theory]
    [MemberData(nameof(LocalFailures))]
    public void Split_local_failures_have_a_count_of_their_own(string kind)
    {
        var bench = new OutlierBench(Five with { SplitLocalOrigin = true, LocalOrigin = new(4) });
        bench.Report(0, Local(kind), 3);
        // An answer, even a bad one, came over a connection.
        bench.Answer(0, 500, 4);
        bench.Report(0, Local(kind), 3);
        Assert.Empty(bench.Ejected);
        bench.Report(0, Local(kind));
        Assert.Equal(Detector.ConsecutiveLocalOriginFailures, Assert.Single(bench.Decisions()).Detector);
    }

    [Fact]
    public void Split_local_failures_do_not_interrupt_5xx()
    {
        var bench = new OutlierBench(Five with { SplitLocalOrigin = true, LocalOrigin = new(9) });
        bench.Answer(0, 500, 4);
        bench.Report(0, AttemptOutcome.Reset);
        bench.Answer(0, 500);
        Assert.Equal(Detector.Consecutive5xx, Assert.Single(bench.Decisions()).Detector);
    }

    [Fact]
    public void An_established_connection_is_a_success_of_protocols_that_have_no_answers()
    {
        var bench = new OutlierBench(Five);
        bench.Report(0, AttemptOutcome.ConnectFailed, 4);
        bench.Report(0, AttemptOutcome.Connected);
        bench.Report(0, AttemptOutcome.ConnectFailed, 4);
        Assert.Empty(bench.Ejected);
        bench.Report(0, AttemptOutcome.ConnectFailed);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void What_says_nothing_about_the_endpoint_is_not_counted()
    {
        var bench = new OutlierBench(Five);
        bench.Answer(0, 500, 4);
        bench.Report(0, AttemptOutcome.Unknown, 10);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 500);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void Listed_status_codes_count_instead_of_5xx_and_local_failures_still_do()
    {
        var bench = new OutlierBench(Five with { ErrorCodes = new([429, 500]) });
        bench.Answer(0, 503, 10);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 429, 2);
        bench.Answer(0, 500, 2);
        bench.Report(0, AttemptOutcome.ConnectFailed);
        Assert.Equal([0], bench.Ejected);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(7, false)]
    [InlineData(8, false)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    [InlineData(14, true)]
    [InlineData(15, true)]
    [InlineData(16, false)]
    [InlineData(99, true)]
    public void The_status_of_a_gRPC_call_decides_and_not_its_200(int status, bool error)
    {
        var bench = new OutlierBench(Five);
        bench.Report(0, AttemptOutcome.Answered(200, status), 5);
        Assert.Equal(error, bench.Ejected.Any());
    }

    [Theory]
    [InlineData(Failure.ConnectFailed, AttemptEnd.ConnectFailed)]
    [InlineData(Failure.ConnectTimeout, AttemptEnd.ConnectFailed)]
    [InlineData(Failure.RequestTimeout, AttemptEnd.TimedOut)]
    [InlineData(Failure.TryTimeout, AttemptEnd.TimedOut)]
    [InlineData(Failure.UpstreamReset, AttemptEnd.Reset)]
    [InlineData(Failure.StreamReset, AttemptEnd.Reset)]
    [InlineData(Failure.StreamRefused, AttemptEnd.Reset)]
    [InlineData(Failure.UpstreamProtocolError, AttemptEnd.Reset)]
    [InlineData(Failure.UpstreamBrokeOff, AttemptEnd.Reset)]
    [InlineData(Failure.ClientAbort, AttemptEnd.Unknown)]
    [InlineData(Failure.ClientProtocolError, AttemptEnd.Unknown)]
    [InlineData(Failure.Overflow, AttemptEnd.Unknown)]
    [InlineData(Failure.Draining, AttemptEnd.Unknown)]
    [InlineData(Failure.None, AttemptEnd.Answered)]
    internal void Only_what_the_endpoint_did_is_held_against_it(Failure failure, AttemptEnd end) =>
        Assert.Equal(end, AttemptOutcome.Of(failure, 200, -1).End);

    [Fact]
    public void Errors_of_before_an_ejection_do_not_count_after_it()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Any5xx = new(5), Gateway = new(3) });
        bench.Answer(0, 503, 3);
        bench.Answer(0, 503, 4);
        Assert.Single(bench.Decisions());
        bench.Pass(60);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 503, 2);
        Assert.Empty(bench.Ejected);
        bench.Answer(0, 503);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void A_detector_that_is_not_enforced_only_counts()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Gateway = new(5, 0) });
        bench.Answer(0, 503, 10);
        Assert.Empty(bench.Ejected);
        var decisions = bench.Decisions();
        Assert.Equal(2, decisions.Count);
        Assert.All(decisions, d => Assert.Equal((DecisionKind.NotEnforced, true), (d.Kind, d.Quiet)));
    }

    [Fact]
    public void A_detector_enforced_by_half_ejects_about_half_of_what_it_finds()
    {
        var bench = new OutlierBench(OutlierBench.Nothing with { Any5xx = new(1, 50) }, 1000, seed: 7);
        for (var i = 0; i < 1000; i++)
        {
            bench.Answer(i, 500);
        }

        // Five standard deviations around 500.
        Assert.InRange(bench.Ejected.Count(), 421, 579);
    }

    private static AttemptOutcome Local(string kind) =>
        kind switch
        {
            "connect" => AttemptOutcome.ConnectFailed,
            "timeout" => AttemptOutcome.TimedOut,
            _ => AttemptOutcome.Reset,
        };
}
