using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class OutlierStatisticsTests
{
    private static readonly OutlierPolicy Rates = OutlierBench.Nothing with { SuccessRate = new() };
    private static readonly OutlierPolicy Shares = OutlierBench.Nothing with { FailurePercentage = new() { Enforcing = 100 } };

    [Fact]
    public void Success_rates_below_the_mean_less_1_9_deviations_eject()
    {
        // 50, 100, 100, 100, 100: mean 90, deviation 20, threshold 52.
        var bench = new OutlierBench(Rates, 5);
        Traffic(bench, 100, [50, 0, 0, 0, 0]);
        bench.Pass(10);
        Assert.Equal([0], bench.Ejected);
        var decision = Assert.Single(bench.Decisions());
        Assert.Equal(Detector.SuccessRate, decision.Detector);
        Assert.Equal(50, decision.Value, 6);
        Assert.Equal(52, decision.Limit, 6);
        Assert.Equal(90, bench.State.Rates.Answers.Average, 6);
        Assert.Equal(52, bench.State.Rates.Answers.Threshold, 6);
        Assert.Equal(50, bench.Endpoints[0].State.Ejection.SuccessRate, 6);
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(2.1, 0)]
    public void The_factor_is_in_standard_deviations(double factor, int ejected)
    {
        var bench = new OutlierBench(Rates with { SuccessRate = new() { StdevFactor = factor } }, 5);
        Traffic(bench, 100, [50, 0, 0, 0, 0]);
        bench.Pass(10);
        Assert.Equal(ejected, bench.Ejected.Count());
    }

    [Theory]
    [InlineData(99, 5)]
    [InlineData(100, 4)]
    public void Too_few_requests_or_endpoints_prove_nothing(int requests, int endpoints)
    {
        var bench = new OutlierBench(Rates, endpoints);
        Traffic(bench, requests, [requests, .. new int[endpoints - 1]]);
        bench.Pass(10);
        Assert.Empty(bench.Decisions());
        Assert.Equal(SuccessRateBounds.None, bench.State.Rates.Answers);
    }

    [Fact]
    public void Each_interval_stands_for_itself()
    {
        var bench = new OutlierBench(Rates, 5);
        Traffic(bench, 60, [60, 0, 0, 0, 0]);
        bench.Pass(10);
        Traffic(bench, 60, [60, 0, 0, 0, 0]);
        bench.Pass(10);
        Assert.Empty(bench.Ejected);
    }

    [Fact]
    public void Random_errors_of_equal_endpoints_eject_few_and_a_bad_one_always()
    {
        var random = new Random(20261121);
        var (good, bad) = (0, 0);
        for (var run = 0; run < 200; run++)
        {
            var bench = new OutlierBench(Rates with { SuccessRate = new() { StdevFactor = 2.5 } }, 10);
            // All fail two requests in a hundred; the first fails thirty.
            for (var endpoint = 0; endpoint < 10; endpoint++)
            {
                for (var i = 0; i < 500; i++)
                {
                    bench.Answer(endpoint, random.NextDouble() < (endpoint == 0 ? 0.3 : 0.02) ? 500 : 200);
                }
            }

            bench.Pass(10);
            bad += bench.Ejected.Count(e => e == 0);
            good += bench.Ejected.Count(e => e != 0);
        }

        Assert.Equal((200, 0), (bad, good));
    }

    [Theory]
    [InlineData(85, 85, true)]
    [InlineData(84, 85, false)]
    [InlineData(100, 100, true)]
    [InlineData(1, 1, true)]
    public void A_share_of_failures_that_reaches_the_threshold_ejects(int failures, int threshold, bool ejected)
    {
        var policy = Shares with
        {
            FailurePercentage = new() { Threshold = threshold, Enforcing = 100 },
        };
        var bench = new OutlierBench(policy, 5);
        Traffic(bench, 100, [failures, 0, 0, 0, 0]);
        bench.Pass(10);
        Assert.Equal(ejected, bench.Ejected.Any());
        Assert.All(bench.Decisions(), d => Assert.Equal(Detector.FailurePercentage, d.Detector));
    }

    [Fact]
    public void All_may_fail_too_large_a_share_and_the_allowed_part_of_them_goes()
    {
        var bench = new OutlierBench(Shares with { MaxEjectionPercent = 40 }, 5);
        Traffic(bench, 50, [50, 50, 50, 50, 50]);
        bench.Pass(10);
        Assert.Equal([0, 1], bench.Ejected);
        Assert.Equal(3, bench.Decisions().Count(d => d.Kind == DecisionKind.Spared));
    }

    [Fact]
    public void Who_is_ejected_does_not_count_in_the_statistics()
    {
        var bench = new OutlierBench(Rates with { Any5xx = new(60) }, 6);
        bench.Answer(5, 500, 200);
        Traffic(bench, 100, [50, 0, 0, 0, 0]);
        bench.Pass(10);
        Assert.Equal([0, 5], bench.Ejected);
        Assert.Equal(90, bench.State.Rates.Answers.Average, 6);
    }

    [Fact]
    public void Connections_have_statistics_of_their_own_where_they_are_split()
    {
        var policy = Rates with
        {
            SplitLocalOrigin = true,
            FailurePercentage = new()
            {
                Enforcing = 0,
                EnforcingLocalOrigin = 100,
                Threshold = 20,
            },
            SuccessRate = new() { Enforcing = 0, EnforcingLocalOrigin = 100 },
        };
        var bench = new OutlierBench(policy, 5);
        for (var endpoint = 0; endpoint < 5; endpoint++)
        {
            bench.Answer(endpoint, 200, 100);
        }

        bench.Report(0, AttemptOutcome.ConnectFailed, 100);
        bench.Pass(10);
        Assert.Equal([0], bench.Ejected);
        Assert.Equal(Detector.LocalOriginSuccessRate, Assert.Single(bench.Decisions()).Detector);
        Assert.Equal(50, bench.Endpoints[0].State.Ejection.LocalOriginSuccessRate, 6);
        Assert.Equal(100, bench.Endpoints[0].State.Ejection.SuccessRate, 6);
    }

    [Fact]
    public void Rates_are_shown_without_a_rule_once_there_are_50_requests()
    {
        var bench = new OutlierBench(OutlierBench.Nothing, 2);
        bench.Answer(0, 200, 49);
        bench.Answer(1, 200, 49);
        bench.Answer(1, 500);
        bench.Pass(10);
        Assert.Equal(-1, bench.Endpoints[0].State.Ejection.SuccessRate);
        Assert.Equal(98, bench.Endpoints[1].State.Ejection.SuccessRate, 6);
        bench.Pass(10);
        Assert.Equal(-1, bench.Endpoints[1].State.Ejection.SuccessRate);
    }

    private static void Traffic(OutlierBench bench, int requests, int[] failures)
    {
        for (var endpoint = 0; endpoint < failures.Length; endpoint++)
        {
            bench.Answer(endpoint, 500, failures[endpoint]);
            bench.Answer(endpoint, 200, requests - failures[endpoint]);
        }
    }
}
