using System.Buffers;

namespace Mesh.Metrics;

/// <summary>One value that is asked for at each scrape, such as a queue's length.</summary>
internal sealed class CallbackFamily(string name, string help, MetricKind kind, Func<double> read) : MetricFamily(name, help, kind)
{
    private readonly byte[] prefix = System.Text.Encoding.UTF8.GetBytes(name);

    public override void WriteSeries(IBufferWriter<byte> output) => PrometheusText.WriteSample(output, prefix, read());
}
