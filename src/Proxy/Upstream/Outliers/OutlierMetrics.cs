using System.Collections.Concurrent;
using Mesh.Metrics;

namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Envoy's <c>envoy_cluster_outlier_detection_*</c>, with the label <c>cluster_name</c> as Istio has it.</summary>
internal sealed class OutlierMetrics
{
    private const string Prefix = "envoy_cluster_outlier_detection_ejections_";
    private const string Label = "cluster_name";

    private readonly MetricFamily<LabelValues, Gauge> _active;
    private readonly MetricFamily<LabelValues, Counter> _total;
    private readonly MetricFamily<LabelValues, Counter> _overflow;
    private readonly MetricFamily<LabelValues, Counter>[] _enforced;
    private readonly MetricFamily<LabelValues, Counter>[] _detected;
    private readonly ConcurrentDictionary<string, LabelValues> _known = new(StringComparer.Ordinal);

    public OutlierMetrics(MetricRegistry registry)
    {
        _active = registry.Gauges(Prefix + "active", "Endpoints that are ejected.", Label);
        _total = registry.Counters(Prefix + "enforced_total", "Ejections.", Label);
        _overflow = registry.Counters(Prefix + "overflow", "Ejections that did not happen because enough endpoints were ejected.", Label);
        _enforced = [.. ForEach("enforced_", "Ejections by this detector.")];
        _detected = [.. ForEach("detected_", "Outliers found by this detector, ejected or not.")];

        IEnumerable<MetricFamily<LabelValues, Counter>> ForEach(string kind, string help)
        {
            foreach (var name in DetectorNames.All.ToArray())
            {
                yield return registry.Counters(Prefix + kind + name, help, Label);
            }
        }
    }

    /// <summary>Shows zeros before anything happens: a rate needs a first value.</summary>
    public void Begin(string cluster, OutlierPolicy policy)
    {
        var key = KeyOf(cluster);
        _active.Get(key);
        _total.Get(key);
        _overflow.Get(key);
        for (var i = 0; i < _enforced.Length; i++)
        {
            if (policy.Enforcing((Detector)i) > 0 && ((Detector)i != Detector.HalfOpenProbe || policy.Probe is not null))
            {
                _enforced[i].Get(key);
                _detected[i].Get(key);
            }
        }
    }

    public void Add(OutlierState state, OutlierScope scope, IReadOnlyList<OutlierDecision> decisions)
    {
        var key = KeyOf(scope.Cluster);
        foreach (var decision in decisions)
        {
            if (decision.Kind is DecisionKind.Ejected or DecisionKind.Spared or DecisionKind.NotEnforced)
            {
                _detected[(int)decision.Detector].Get(key).Inc();
            }

            if (decision.Kind == DecisionKind.Ejected)
            {
                _total.Get(key).Inc();
                _enforced[(int)decision.Detector].Get(key).Inc();
            }
            else if (decision.Kind == DecisionKind.Spared)
            {
                _overflow.Get(key).Inc();
            }
        }

        // Again if another thread decided meanwhile, whose newer value this one may have overwritten.
        var active = _active.Get(key);
        int ejected;
        do
        {
            ejected = state.Ejected;
            active.Set(ejected);
        } while (ejected != state.Ejected);
    }

    public void Remove(string cluster)
    {
        if (!_known.TryRemove(cluster, out var key))
        {
            return;
        }

        _active.Remove(key);
        _total.Remove(key);
        _overflow.Remove(key);
        foreach (var family in _enforced.Concat(_detected))
        {
            family.Remove(key);
        }
    }

    private LabelValues KeyOf(string cluster) => _known.GetOrAdd(cluster, static name => new LabelValues(name));
}
