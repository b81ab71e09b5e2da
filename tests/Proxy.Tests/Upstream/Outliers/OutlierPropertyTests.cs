using FsCheck;
using FsCheck.Fluent;
using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class OutlierPropertyTests
{
    private enum Act
    {
        Succeed,
        Fail,
        FailToConnect,
        Wait,
        Shrink,
        Grow,
    }

    private static readonly Gen<(int Endpoints, int Percent, int Errors, bool Probe, (Act Act, int Which)[] Steps)> Histories =
        from endpoints in Gen.Choose(1, 8)
        from percent in Gen.Choose(0, 100)
        from errors in Gen.Choose(1, 4)
        from probe in Gen.Elements(true, false)
        from steps in Gen.Elements(Act.Succeed, Act.Fail, Act.Fail, Act.Fail, Act.Fail, Act.FailToConnect, Act.Wait, Act.Shrink, Act.Grow)
            .Zip(Gen.Choose(0, 1000))
            .ArrayOf(150)
        select (endpoints, percent, errors, probe, steps);

    [Fact]
    public void Never_more_than_the_allowed_share_is_ejected_and_everybody_comes_back()
    {
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20261122UL, 3UL),
            Prop.ForAll(
                Histories.ToArbitrary(),
                history =>
                {
                    var policy = OutlierBench.Nothing with
                    {
                        Any5xx = new(history.Errors),
                        MaxEjectionPercent = history.Percent,
                        Probe = history.Probe ? new(1) : null,
                    };
                    var bench = new OutlierBench(policy, history.Endpoints);
                    foreach (var (act, which) in history.Steps)
                    {
                        Do(bench, act, which);
                        var ejected = bench.Ejected.Count();
                        if (ejected * 100 > bench.Endpoints.Length * history.Percent || ejected != bench.State.Ejected)
                        {
                            return false;
                        }
                    }

                    // The longest ejection, and a request for each that has to be tried.
                    bench.Pass(310);
                    while (bench.State.TakeProbe() is { } probed)
                    {
                        bench.State.Report(probed, AttemptOutcome.Answered(200));
                    }

                    return !bench.Ejected.Any() && bench.State.Ejected == 0;
                }
            )
        );
    }

    private static void Do(OutlierBench bench, Act act, int which)
    {
        var count = bench.Endpoints.Length;
        switch (act)
        {
            case Act.Succeed:
                bench.Answer(which % count, 200);
                break;
            case Act.Fail:
                bench.Answer(which % count, 503);
                break;
            case Act.FailToConnect:
                bench.Report(which % count, AttemptOutcome.ConnectFailed);
                break;
            case Act.Wait:
                bench.Pass(which / 10.0);
                break;
            case Act.Shrink when count > 1:
                bench.Change(endpoints: bench.Endpoints.RemoveAt(which % count));
                break;
            case Act.Grow when count < 10:
                bench.Change(endpoints: bench.Endpoints.AddRange(TestClusters.Endpoints(1)));
                break;
        }
    }
}
