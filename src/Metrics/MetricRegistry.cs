using System.Buffers;
using System.Text;

namespace Mesh.Metrics;

/// <summary>
/// The metrics of one process: made once at start-up as handles, counted into without locks, written out as
/// Prometheus text at each scrape. One instance per process, handed to whom it concerns; no static state.
/// </summary>
public sealed class MetricRegistry
{
    /// <summary>What the answer to a scrape declares.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Series a family may have before further ones share the overflow series.</summary>
    public const int DefaultSeriesLimit = 10_000;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);

    /// <summary>A counter without labels.</summary>
    public Counter Counter(string name, string help) =>
        Series(name, help, MetricKind.Counter, [], NewCounter, PrometheusText.WriteCounter).GetOrAdd([]);

    /// <summary>A gauge without labels.</summary>
    public Gauge Gauge(string name, string help) =>
        Series(name, help, MetricKind.Gauge, [], NewGauge, PrometheusText.WriteGauge).GetOrAdd([]);

    /// <summary>A gauge whose value is asked for at each scrape; the callback must be quick and safe from any thread.</summary>
    public void Gauge(string name, string help, Func<double> read) =>
        Register(new CallbackFamily(Checked(name), help, MetricKind.Gauge, read));

    /// <summary>A counter whose value lives elsewhere and is asked for at each scrape.</summary>
    public void Counter(string name, string help, Func<double> read) =>
        Register(new CallbackFamily(Checked(name), help, MetricKind.Counter, read));

    /// <summary>Counters told apart by one label, whose values live elsewhere and are asked for at each scrape, each label value once.</summary>
    public void Counters(string name, string help, string label, Func<IEnumerable<KeyValuePair<string, double>>> read) =>
        Register(new CallbackSeries(Checked(name), help, MetricKind.Counter, Checked(label), read));

    /// <summary>The same for gauges.</summary>
    public void Gauges(string name, string help, string label, Func<IEnumerable<KeyValuePair<string, double>>> read) =>
        Register(new CallbackSeries(Checked(name), help, MetricKind.Gauge, Checked(label), read));

    /// <summary>A histogram without labels.</summary>
    public Histogram Histogram(string name, string help, ReadOnlySpan<double> upperBounds) =>
        Series(name, help, MetricKind.Histogram, [], NewHistogram(upperBounds), PrometheusText.WriteHistogram).GetOrAdd([]);

    /// <summary>Counters told apart by label values.</summary>
    public MetricFamily<LabelValues, Counter> Counters(string name, string help, params string[] labels) =>
        Counters<LabelValues>(name, help, labels, static key => key.Values.ToArray());

    /// <summary>Gauges told apart by label values.</summary>
    public MetricFamily<LabelValues, Gauge> Gauges(string name, string help, params string[] labels) =>
        Gauges<LabelValues>(name, help, labels, static key => key.Values.ToArray());

    /// <summary>Histograms told apart by label values.</summary>
    public MetricFamily<LabelValues, Histogram> Histograms(
        string name,
        string help,
        ReadOnlySpan<double> upperBounds,
        params string[] labels
    ) => Histograms<LabelValues>(name, help, upperBounds, labels, static key => key.Values.ToArray());

    /// <summary>Counters told apart by a key of the caller's own; <paramref name="labelsOf"/> runs once per series.</summary>
    public MetricFamily<TKey, Counter> Counters<TKey>(
        string name,
        string help,
        string[] labels,
        Func<TKey, string[]> labelsOf,
        int seriesLimit = DefaultSeriesLimit
    )
        where TKey : notnull, IEquatable<TKey> =>
        new(Series(name, help, MetricKind.Counter, labels, NewCounter, PrometheusText.WriteCounter), labels, labelsOf, seriesLimit);

    /// <summary>Gauges told apart by a key of the caller's own.</summary>
    public MetricFamily<TKey, Gauge> Gauges<TKey>(
        string name,
        string help,
        string[] labels,
        Func<TKey, string[]> labelsOf,
        int seriesLimit = DefaultSeriesLimit
    )
        where TKey : notnull, IEquatable<TKey> =>
        new(Series(name, help, MetricKind.Gauge, labels, NewGauge, PrometheusText.WriteGauge), labels, labelsOf, seriesLimit);

    /// <summary>Histograms told apart by a key of the caller's own.</summary>
    public MetricFamily<TKey, Histogram> Histograms<TKey>(
        string name,
        string help,
        ReadOnlySpan<double> upperBounds,
        string[] labels,
        Func<TKey, string[]> labelsOf,
        int seriesLimit = DefaultSeriesLimit
    )
        where TKey : notnull, IEquatable<TKey> =>
        new(
            Series(name, help, MetricKind.Histogram, labels, NewHistogram(upperBounds), PrometheusText.WriteHistogram),
            labels,
            labelsOf,
            seriesLimit
        );

    /// <summary>Writes everything, families by name, series by labels.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        MetricFamily[] all;
        lock (gate)
        {
            all = [.. families.Values];
        }
        foreach (var family in all)
        {
            PrometheusText.WriteHeader(output, family);
            family.WriteSeries(output);
        }
    }

    /// <summary>Everything as text.</summary>
    public string ToText()
    {
        var buffer = new ArrayBufferWriter<byte>();
        WriteTo(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Counter NewCounter() => new();

    private static Gauge NewGauge() => new();

    private static Func<Histogram> NewHistogram(ReadOnlySpan<double> upperBounds)
    {
        var bounds = upperBounds.ToArray();
        return () => new Histogram(bounds);
    }

    private SeriesList<TMetric> Series<TMetric>(
        string name,
        string help,
        MetricKind kind,
        string[] labels,
        Func<TMetric> make,
        Action<IBufferWriter<byte>, string, string, TMetric> write
    )
        where TMetric : class
    {
        foreach (var label in labels)
        {
            if (Checked(label).Contains(':', StringComparison.Ordinal) || label == "le")
            {
                throw new ArgumentException($"{name}: \"{label}\" cannot be the name of a label.", nameof(labels));
            }
        }
        var series = new SeriesList<TMetric>(Checked(name), help, kind, labels, make, write);
        Register(series);
        return series;
    }

    private void Register(MetricFamily family)
    {
        lock (gate)
        {
            if (!families.TryAdd(family.Name, family))
            {
                throw new ArgumentException($"The metric {family.Name} is registered already; keep its handle.");
            }
        }
    }

    private static string Checked(string name)
    {
        var sound = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (var c in name)
        {
            sound &= char.IsAsciiLetterOrDigit(c) || c is '_' or ':';
        }
        return sound
            ? name
            : throw new ArgumentException($"\"{name}\" is not a metric or label name: letters, digits, _ and :.", nameof(name));
    }
}
