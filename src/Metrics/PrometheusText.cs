using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Metrics;

/// <summary>The text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public static void WriteHeader(IBufferWriter<byte> output, MetricFamily family)
    {
        var text = new StringBuilder("# HELP ").Append(family.Name).Append(' ');
        AppendEscaped(text, family.Help, quotes: false);
        text.Append("\n# TYPE ").Append(family.Name).Append(' ');
        text.Append(
            family.Kind switch
            {
                MetricKind.Counter => "counter",
                MetricKind.Gauge => "gauge",
                _ => "histogram",
            }
        );
        Write(output, text.Append('\n').ToString());
    }

    public static void WriteCounter(IBufferWriter<byte> output, string name, string labels, Counter counter) =>
        WriteLine(output, name, labels, counter.Value);

    public static void WriteGauge(IBufferWriter<byte> output, string name, string labels, Gauge gauge) =>
        WriteLine(output, name, labels, gauge.Value);

    public static void WriteHistogram(IBufferWriter<byte> output, string name, string labels, Histogram histogram)
    {
        var separator = labels.Length == 0 ? "" : ",";
        var bounds = histogram.Bounds;
        long total = 0;
        for (var i = 0; i <= bounds.Length; i++)
        {
            total += histogram.CountOfBucket(i);
            var bound = i < bounds.Length ? Number(bounds[i]) : "+Inf";
            WriteLine(output, name + "_bucket", $"{labels}{separator}le=\"{bound}\"", total);
        }
        WriteLine(output, name + "_sum", labels, histogram.Sum);
        // The same total as the last bucket, even while others observe.
        WriteLine(output, name + "_count", labels, total);
    }

    public static void WriteSample(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, double value)
    {
        // Not BuffersExtensions.Write: it asks for a span of any length, and a web server's writer may then give an empty one.
        prefix.CopyTo(output.GetSpan(prefix.Length));
        output.Advance(prefix.Length);
        Write(output, " " + Number(value) + "\n");
    }

    public static void AppendEscaped(StringBuilder text, string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, string name, string labels, double value) =>
        Write(output, labels.Length == 0 ? $"{name} {Number(value)}\n" : $"{name}{{{labels}}} {Number(value)}\n");

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
