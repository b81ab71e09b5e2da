using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class OutlierConcurrencyTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(99)]
    public void Many_threads_never_eject_more_than_is_allowed(int percent)
    {
        const int Endpoints = 20;
        var policy = OutlierBench.Nothing with
        {
            Any5xx = new(3),
            MaxEjectionPercent = percent,
            BaseEjectionTime = TimeSpan.FromSeconds(1),
            Interval = TimeSpan.FromSeconds(1),
        };
        var bench = new OutlierBench(policy, Endpoints);
        var allowed = Endpoints * percent / 100;
        var most = 0;
        var done = false;
        var watcher = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                most = Math.Max(most, bench.State.Ejected);
                bench.Pass(1);
            }
        });
        watcher.Start();
        Parallel.For(
            0,
            8,
            thread =>
            {
                var random = new Random(thread);
                for (var i = 0; i < 50_000; i++)
                {
                    bench.Answer(random.Next(Endpoints), random.Next(10) == 0 ? 200 : 503);
                }
            }
        );
        Volatile.Write(ref done, true);
        watcher.Join();

        Assert.InRange(most, 0, allowed);
        Assert.Equal(bench.Ejected.Count(), bench.State.Ejected);
        var decisions = bench.Decisions();
        Assert.NotEmpty(decisions);
        Assert.All(decisions, d => Assert.InRange(d.Ejected, 0, allowed));
        Assert.Equal(
            bench.State.Ejected,
            decisions.Count(d => d.Kind == DecisionKind.Ejected) - decisions.Count(d => d.Kind == DecisionKind.Returned)
        );
    }

    [Fact]
    public void One_threshold_crossed_by_many_threads_is_one_ejection()
    {
        for (var run = 0; run < 200; run++)
        {
            var bench = new OutlierBench(OutlierBench.Nothing with { Any5xx = new(5) });
            Parallel.For(0, 16, _ => bench.Answer(0, 503));
            Assert.Equal([0], bench.Ejected);
            Assert.Single(bench.Decisions());
        }
    }

    [Fact]
    public void One_request_at_most_gets_a_probe()
    {
        for (var run = 0; run < 200; run++)
        {
            var bench = new OutlierBench(OutlierBench.Nothing with { Any5xx = new(1), Probe = new(1) });
            bench.Answer(0, 503);
            bench.Pass(30);
            var taken = 0;
            Parallel.For(
                0,
                8,
                _ =>
                {
                    if (bench.State.TakeProbe() is not null)
                    {
                        Interlocked.Increment(ref taken);
                    }
                }
            );
            Assert.Equal(1, taken);
        }
    }

    [Fact]
    public void Reports_allocate_nothing()
    {
        var bench = new OutlierBench(new OutlierPolicy { SplitLocalOrigin = true, MaxEjectionPercent = 0 }, 3);
        var without = new OutlierState();
        Report();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Report();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Report()
        {
            bench.Answer(0, 200);
            bench.Answer(1, 500, 3);
            bench.Answer(1, 200);
            bench.Report(2, AttemptOutcome.ConnectFailed, 4);
            bench.Report(2, AttemptOutcome.Answered(200, 14));
            bench.Report(2, AttemptOutcome.Answered(200, 0));
            bench.Report(2, AttemptOutcome.Unknown);
            without.Report(bench.Endpoints[0], AttemptOutcome.Reset);
            Assert.Null(bench.State.TakeProbe());
        }
    }
}
