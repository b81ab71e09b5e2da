using System.Buffers;
using System.Text;

namespace Mesh.Metrics;

/// <summary>Series told apart by one label, whose values live elsewhere and are all asked for at each scrape. A series whose label value is no longer given is gone.</summary>
internal sealed class CallbackSeries(
    string name,
    string help,
    MetricKind kind,
    string label,
    Func<IEnumerable<KeyValuePair<string, double>>> read
) : MetricFamily(name, help, kind)
{
    public override void WriteSeries(IBufferWriter<byte> output)
    {
        foreach (var (value, sample) in read().OrderBy(series => series.Key, StringComparer.Ordinal))
        {
            var text = new StringBuilder(Name).Append('{').Append(label).Append("=\"");
            PrometheusText.AppendEscaped(text, value, quotes: true);
            PrometheusText.WriteSample(output, Encoding.UTF8.GetBytes(text.Append("\"}").ToString()), sample);
        }
    }
}
