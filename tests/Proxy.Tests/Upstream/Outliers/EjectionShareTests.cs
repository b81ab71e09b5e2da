using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class EjectionShareTests
{
    private static readonly OutlierPolicy Two = OutlierBench.Nothing with { Any5xx = new(2) };

    // The share counts the endpoint in question: of n endpoints as many go as are at most the per cents of n.
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 10, 0)]
    [InlineData(1, 99, 0)]
    [InlineData(1, 100, 1)]
    [InlineData(2, 10, 0)]
    [InlineData(2, 49, 0)]
    [InlineData(2, 50, 1)]
    [InlineData(2, 99, 1)]
    [InlineData(2, 100, 2)]
    [InlineData(3, 10, 0)]
    [InlineData(3, 33, 0)]
    [InlineData(3, 34, 1)]
    [InlineData(3, 66, 1)]
    [InlineData(3, 67, 2)]
    [InlineData(3, 99, 2)]
    [InlineData(3, 100, 3)]
    [InlineData(5, 10, 0)]
    [InlineData(5, 19, 0)]
    [InlineData(5, 20, 1)]
    [InlineData(5, 50, 2)]
    [InlineData(5, 60, 3)]
    [InlineData(5, 99, 4)]
    [InlineData(5, 100, 5)]
    [InlineData(10, 10, 1)]
    [InlineData(20, 10, 2)]
    public void No_more_than_the_allowed_share_is_ejected(int endpoints, int percent, int expected)
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = percent }, endpoints);
        for (var i = 0; i < endpoints; i++)
        {
            bench.Answer(i, 500, 2);
        }

        Assert.Equal(Enumerable.Range(0, expected), bench.Ejected);
        Assert.Equal(expected, bench.State.Ejected);
        var spared = bench.Decisions().Where(d => d.Kind == DecisionKind.Spared).ToList();
        Assert.Equal(endpoints - expected, spared.Count);
        Assert.All(spared, d => Assert.Equal((expected, endpoints), (d.Ejected, d.Total)));
    }

    [Fact]
    public void Always_one_is_allowed_where_the_policy_says_so()
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = 10, AlwaysEjectOne = true }, 3);
        bench.Answer(0, 500, 2);
        bench.Answer(1, 500, 2);
        Assert.Equal([0], bench.Ejected);
    }

    [Fact]
    public void Who_was_spared_is_found_again_after_as_many_errors_and_said_once_an_interval()
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = 50 });
        bench.Answer(0, 500, 2);
        bench.Decisions();
        bench.Answer(1, 500, 10);
        var spared = bench.Decisions();
        Assert.Equal([false, true, true, true, true], spared.Select(d => d.Quiet));
        Assert.All(spared, d => Assert.Equal(DecisionKind.Spared, d.Kind));

        bench.Pass(10);
        bench.Answer(1, 500, 2);
        Assert.False(Assert.Single(bench.Decisions()).Quiet);
        bench.Pass(20);
        bench.Answer(1, 500, 2);
        Assert.Equal([1], bench.Ejected);
    }

    [Fact]
    public void An_endpoint_that_is_not_of_the_cluster_any_more_is_not_ejected()
    {
        var bench = new OutlierBench(Two, 3);
        var gone = bench.Endpoints[2];
        bench.Change(endpoints: bench.Endpoints[..2]);
        bench.State.Report(gone, AttemptOutcome.Answered(500));
        bench.State.Report(gone, AttemptOutcome.Answered(500));
        Assert.False(gone.State.IsEjected);
        Assert.Empty(bench.Decisions());
    }

    [Fact]
    public void Fewer_endpoints_give_back_those_whose_time_is_nearly_over()
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = 50 }, 6);
        bench.Answer(1, 500, 2);
        bench.Pass(5);
        bench.Answer(0, 500, 2);
        bench.Pass(5);
        bench.Answer(2, 500, 2);
        Assert.Equal([0, 1, 2], bench.Ejected);
        bench.Decisions();

        bench.Change(endpoints: bench.Endpoints[..4]);
        Assert.Equal([0, 2], bench.Ejected);
        var returned = Assert.Single(bench.Decisions());
        Assert.Equal((DecisionKind.Returned, ReturnReason.ShareFell), (returned.Kind, returned.Reason));
        Assert.Equal(TimeSpan.FromSeconds(10), returned.Time);
    }

    [Fact]
    public void More_endpoints_allow_more()
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = 50 }, 2);
        bench.Answer(0, 500, 2);
        bench.Answer(1, 500, 2);
        Assert.Equal([0], bench.Ejected);
        bench.Change(endpoints: [.. bench.Endpoints, .. TestClusters.Endpoints(1, 1)]);
        bench.Answer(1, 500, 2);
        Assert.Equal([0, 1], bench.Ejected);
    }

    [Fact]
    public void The_generation_rises_after_each_ejection_and_each_return_and_at_no_other_time()
    {
        var bench = new OutlierBench(Two with { MaxEjectionPercent = 50 });
        var before = bench.State.Generation;
        bench.Answer(0, 500);
        bench.Answer(1, 200, 100);
        Assert.Equal(before, bench.State.Generation);
        bench.Answer(0, 500);
        Assert.Equal(before + 1, bench.State.Generation);
        bench.Answer(1, 500, 2);
        bench.Pass(20);
        Assert.Equal(before + 1, bench.State.Generation);
        bench.Pass(10);
        Assert.Equal(before + 2, bench.State.Generation);
    }
}
