using System.Collections.Immutable;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

/// <summary>One cluster's outlier detection with a clock that the test moves; sweeps happen once an interval, as they do in a proxy.</summary>
internal sealed class OutlierBench : IOutlierObserver
{
    private readonly Lock _gate = new();
    private readonly List<OutlierDecision> _decisions = [];
    private TimeSpan _sweptAt;

    public OutlierBench(OutlierPolicy policy, int endpoints = 2, int seed = 1)
    {
        State = new OutlierState(new Random(seed));
        Policy = policy;
        Endpoints = TestClusters.Endpoints([.. Enumerable.Repeat(1u, endpoints)]);
        Adopt();
    }

    /// <summary>Switches every detector off but for what the test sets; all may be ejected.</summary>
    public static OutlierPolicy Nothing { get; } =
        new()
        {
            Any5xx = new(0),
            Gateway = new(0),
            LocalOrigin = new(0),
            MaxEjectionPercent = 100,
        };

    public OutlierState State { get; }

    public OutlierPolicy Policy { get; private set; }

    public ImmutableArray<Endpoint> Endpoints { get; private set; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    public IEnumerable<int> Ejected => Enumerable.Range(0, Endpoints.Length).Where(i => Endpoints[i].State.IsEjected);

    public void Decided(OutlierState state, OutlierScope scope, IReadOnlyList<OutlierDecision> decisions)
    {
        lock (_gate)
        {
            _decisions.AddRange(decisions);
        }
    }

    /// <summary>What was decided since the last call.</summary>
    public List<OutlierDecision> Decisions()
    {
        lock (_gate)
        {
            List<OutlierDecision> taken = [.. _decisions];
            _decisions.Clear();
            return taken;
        }
    }

    public void Change(OutlierPolicy? policy = null, ImmutableArray<Endpoint>? endpoints = null)
    {
        Policy = policy ?? Policy;
        Endpoints = endpoints ?? Endpoints;
        Adopt();
    }

    public void SwitchOff() => State.Adopt(null, this);

    public void Answer(int endpoint, int status, int times = 1) => Report(endpoint, AttemptOutcome.Answered(status), times);

    public void Report(int endpoint, AttemptOutcome outcome, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            State.Report(Endpoints[endpoint], outcome);
        }
    }

    /// <summary>Lets time pass, with a sweep at the end of each interval.</summary>
    public void Pass(TimeSpan time)
    {
        for (var end = Now + time; ; )
        {
            var next = _sweptAt + Policy.Interval;
            if (next > end)
            {
                Now = end;
                return;
            }

            Now = next > Now ? next : Now;
            _sweptAt = Now;
            State.Sweep();
        }
    }

    public void Pass(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    /// <summary>Whole intervals until the endpoint is back.</summary>
    public int IntervalsUntilReturn(int endpoint)
    {
        for (var intervals = 0; intervals < 10_000; intervals++)
        {
            if (!Endpoints[endpoint].State.IsEjected)
            {
                return intervals;
            }

            Pass(Policy.Interval);
        }

        return -1;
    }

    private void Adopt()
    {
        _sweptAt = Now;
        State.Adopt(new OutlierScope("outbound|80||shop", Policy, Endpoints), this);
    }
}
