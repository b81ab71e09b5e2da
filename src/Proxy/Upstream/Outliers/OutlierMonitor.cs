using System.Collections.Immutable;
using Mesh.Metrics;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>
/// Drives outlier detection of all clusters with one timer, and says each decision in the log and in metrics.
/// <see cref="Follow"/> is used from one place, after each swap.
/// </summary>
internal sealed partial class OutlierMonitor : IOutlierObserver, IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OutlierMetrics _metrics;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Dictionary<OutlierState, Watched> _watched = [];

    public OutlierMonitor(MetricRegistry metrics, TimeProvider time, ILogger<OutlierMonitor> logger)
    {
        _time = time;
        _logger = logger;
        _metrics = new(metrics);
        _timer = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>Takes over the policies and endpoints of a new configuration.</summary>
    public void Follow(ImmutableArray<Cluster> clusters)
    {
        var (changed, gone) = Changes(clusters);
        foreach (var (state, scope) in changed)
        {
            state.Adopt(scope, this);
        }

        // After their last decisions, which would bring the series back.
        foreach (var cluster in gone)
        {
            _metrics.Remove(cluster);
        }
    }

    public void Decided(OutlierState state, OutlierScope scope, IReadOnlyList<OutlierDecision> decisions)
    {
        _metrics.Add(state, scope, decisions);
        foreach (var decision in decisions)
        {
            if (!decision.Quiet)
            {
                Say(scope, decision);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private (List<(OutlierState State, OutlierScope? Scope)> Changed, IEnumerable<string> Gone) Changes(ImmutableArray<Cluster> clusters)
    {
        var changed = new List<(OutlierState, OutlierScope?)>();
        var gone = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            var now = Now;
            var current = new HashSet<OutlierState>();
            foreach (var cluster in clusters)
            {
                if (cluster.Outliers is { } policy && current.Add(cluster.State.Outliers) && Watch(cluster, policy, now) is { } scope)
                {
                    changed.Add((cluster.State.Outliers, scope));
                }
            }

            foreach (var (state, watch) in _watched.Where(w => !current.Contains(w.Key)).ToList())
            {
                _watched.Remove(state);
                changed.Add((state, null));
                gone.Add(watch.Scope.Cluster);
            }

            // A cluster of that name with another protocol is another cluster, and goes on with its series.
            gone.ExceptWith(_watched.Values.Select(watch => watch.Scope.Cluster));
            Arm(now);
        }

        return (changed, gone);
    }

    // Null where nothing changed.
    private OutlierScope? Watch(Cluster cluster, OutlierPolicy policy, TimeSpan now)
    {
        var scope = new OutlierScope(cluster.Name, policy, cluster.Endpoints);
        if (!_watched.TryGetValue(cluster.State.Outliers, out var watch))
        {
            _watched.Add(cluster.State.Outliers, watch = new Watched(scope, now + policy.Interval));
        }
        else if (watch.Scope == scope)
        {
            return null;
        }

        watch.Scope = scope;
        watch.NextSweep = watch.NextSweep < now + policy.Interval ? watch.NextSweep : now + policy.Interval;
        _metrics.Begin(cluster.Name, policy);
        return scope;
    }

    private void Sweep()
    {
        List<OutlierState> due = [];
        lock (_gate)
        {
            var now = Now;
            foreach (var (state, watch) in _watched)
            {
                if (watch.NextSweep <= now)
                {
                    watch.NextSweep = now + watch.Scope.Policy.Interval;
                    due.Add(state);
                }
            }

            Arm(now);
        }

        foreach (var state in due)
        {
            state.Sweep();
        }
    }

    private void Arm(TimeSpan now)
    {
        var wait = Timeout.InfiniteTimeSpan;
        foreach (var watch in _watched.Values)
        {
            var left = watch.NextSweep - now;
            wait = wait == Timeout.InfiniteTimeSpan || left < wait ? left : wait;
        }

        // In whole milliseconds, rounded up: an early timer would find nothing due and spin.
        _timer.Change(
            wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(wait.TotalMilliseconds, 0))),
            Timeout.InfiniteTimeSpan
        );
    }

    private void Say(OutlierScope scope, OutlierDecision decision)
    {
        var (address, policy) = (decision.Endpoint.Address, scope.Policy);
        var detector = DetectorNames.Of(decision.Detector);
        var ejections = decision.Endpoint.State.Ejection.Ejections;
        switch (decision.Kind)
        {
            case DecisionKind.Ejected:
                Ejected(
                    scope.Cluster,
                    address,
                    decision.Time.TotalSeconds,
                    detector,
                    decision.Value,
                    decision.Limit,
                    ejections,
                    decision.Ejected,
                    decision.Total,
                    policy.MaxEjectionPercent
                );
                break;
            case DecisionKind.Spared:
                Spared(
                    scope.Cluster,
                    address,
                    detector,
                    decision.Value,
                    decision.Limit,
                    decision.Ejected,
                    decision.Total,
                    policy.MaxEjectionPercent
                );
                break;
            case DecisionKind.NotEnforced:
                NotEnforced(scope.Cluster, address, detector, decision.Value, decision.Limit, policy.Enforcing(decision.Detector));
                break;
            case DecisionKind.HalfOpen:
                HalfOpen(scope.Cluster, address, decision.Time.TotalSeconds, policy.Probe?.Successes ?? 0);
                break;
            case DecisionKind.Returned:
                Returned(scope.Cluster, address, decision.Time.TotalSeconds, decision.Reason, decision.Ejected, decision.Total);
                break;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Cluster {Cluster}: endpoint {Endpoint} is ejected for {Seconds} s by {Detector} ({Value:0.##}, limit {Limit:0.##}), its ejection {Ejections};"
            + " {Ejected} of {Total} endpoints are ejected, at most {MaxPercent} % may be"
    )]
    private partial void Ejected(
        string cluster,
        object endpoint,
        double seconds,
        string detector,
        double value,
        double limit,
        int ejections,
        int ejected,
        int total,
        int maxPercent
    );

    [LoggerMessage(
        LogLevel.Warning,
        "Cluster {Cluster}: endpoint {Endpoint} is not ejected though {Detector} found it ({Value:0.##}, limit {Limit:0.##}):"
            + " {Ejected} of {Total} endpoints are ejected, at most {MaxPercent} % may be"
    )]
    private partial void Spared(
        string cluster,
        object endpoint,
        string detector,
        double value,
        double limit,
        int ejected,
        int total,
        int maxPercent
    );

    [LoggerMessage(
        LogLevel.Information,
        "Cluster {Cluster}: endpoint {Endpoint} is not ejected though {Detector} found it ({Value:0.##}, limit {Limit:0.##}):"
            + " that is enforced in {Percent} % of the cases"
    )]
    private partial void NotEnforced(string cluster, object endpoint, string detector, double value, double limit, int percent);

    [LoggerMessage(
        LogLevel.Information,
        "Cluster {Cluster}: endpoint {Endpoint} was ejected for {Seconds} s and returns after {Successes} answered probe requests"
    )]
    private partial void HalfOpen(string cluster, object endpoint, double seconds, int successes);

    [LoggerMessage(
        LogLevel.Information,
        "Cluster {Cluster}: endpoint {Endpoint} returns after {Seconds} s ({Reason}); {Ejected} of {Total} endpoints are ejected"
    )]
    private partial void Returned(string cluster, object endpoint, double seconds, ReturnReason reason, int ejected, int total);

    private sealed class Watched(OutlierScope scope, TimeSpan nextSweep)
    {
        public OutlierScope Scope { get; set; } = scope;

        public TimeSpan NextSweep { get; set; } = nextSweep;
    }
}
