using System.Collections.Concurrent;

namespace Mesh.Metrics;

/// <summary>
/// All series of one metric name. <see cref="Get"/> is one hash look-up without a lock or an allocation once a series
/// exists, so a struct key of pre-resolved fields is cheap enough for every request.
/// </summary>
/// <typeparam name="TKey">Identifies a series; equal keys must mean equal label values.</typeparam>
/// <typeparam name="TMetric"><see cref="Counter"/>, <see cref="Gauge"/> or <see cref="Histogram"/>.</typeparam>
public sealed class MetricFamily<TKey, TMetric>
    where TKey : notnull, IEquatable<TKey>
    where TMetric : class
{
    /// <summary>Value of every label of the series that takes what exceeds the limit.</summary>
    public const string OverflowValue = "overflow";

    private readonly ConcurrentDictionary<TKey, TMetric> byKey = new();
    private readonly SeriesList<TMetric> series;
    private readonly string[] labelNames;
    private readonly Func<TKey, string[]> labelsOf;
    private readonly Func<TKey, TMetric> add;
    private readonly int limit;
    private int keys;
    private TMetric? overflow;

    internal MetricFamily(SeriesList<TMetric> series, string[] labelNames, Func<TKey, string[]> labelsOf, int limit)
    {
        this.series = series;
        this.labelNames = labelNames;
        this.labelsOf = labelsOf;
        this.limit = limit;
        add = Add;
    }

    /// <summary>The series of a key, made on first use.</summary>
    public TMetric Get(TKey key) => byKey.TryGetValue(key, out var metric) ? metric : GetSlow(key);

    /// <summary>Forgets a series, such as that of a cluster which is gone; handles kept elsewhere count on, unseen.</summary>
    public void Remove(TKey key)
    {
        if (byKey.TryRemove(key, out var metric))
        {
            Interlocked.Decrement(ref keys);
            series.Remove(metric);
        }
    }

    private TMetric GetSlow(TKey key)
    {
        // Label values may come from the network: memory must not follow them without end.
        if (Volatile.Read(ref keys) >= limit)
        {
            return LazyInitializer.EnsureInitialized(ref overflow, () => series.GetOrAdd([.. labelNames.Select(_ => OverflowValue)]));
        }
        return byKey.GetOrAdd(key, add);
    }

    private TMetric Add(TKey key)
    {
        var labels = labelsOf(key);
        if (labels.Length != labelNames.Length)
        {
            throw new ArgumentException($"{series.Name} has {labelNames.Length} labels, the key gave {labels.Length} values.", nameof(key));
        }
        Interlocked.Increment(ref keys);
        return series.GetOrAdd(labels);
    }
}
