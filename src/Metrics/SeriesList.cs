using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Mesh.Metrics;

/// <summary>The series of one family with their label text, rendered once when a series is made.</summary>
internal sealed class SeriesList<TMetric>(
    string name,
    string help,
    MetricKind kind,
    string[] labelNames,
    Func<TMetric> make,
    Action<IBufferWriter<byte>, string, string, TMetric> write
) : MetricFamily(name, help, kind)
    where TMetric : class
{
    // By label text: two keys with equal labels must share one series, or a scrape would hold a duplicate and be refused whole.
    private readonly ConcurrentDictionary<string, TMetric> byLabels = new(StringComparer.Ordinal);

    public TMetric GetOrAdd(string[] labelValues) => byLabels.GetOrAdd(Render(labelValues), static (_, m) => m(), make);

    public void Remove(TMetric metric)
    {
        foreach (var pair in byLabels)
        {
            if (ReferenceEquals(pair.Value, metric))
            {
                byLabels.TryRemove(pair);
            }
        }
    }

    public override void WriteSeries(IBufferWriter<byte> output)
    {
        foreach (var (labels, metric) in byLabels.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            write(output, Name, labels, metric);
        }
    }

    /// <summary><c>a="1",b="2"</c>, without braces: a histogram adds its own label.</summary>
    private string Render(string[] values)
    {
        var text = new StringBuilder();
        for (var i = 0; i < labelNames.Length; i++)
        {
            text.Append(i > 0 ? "," : "").Append(labelNames[i]).Append("=\"");
            PrometheusText.AppendEscaped(text, values[i], quotes: true);
            text.Append('"');
        }
        return text.ToString();
    }
}
