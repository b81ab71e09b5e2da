using System.Buffers;

namespace Mesh.Metrics;

/// <summary>What a registry needs of each family to export it.</summary>
internal abstract class MetricFamily(string name, string help, MetricKind kind)
{
    public string Name { get; } = name;

    public string Help { get; } = help;

    public MetricKind Kind { get; } = kind;

    /// <summary>Writes all series, sorted, without the HELP and TYPE lines.</summary>
    public abstract void WriteSeries(IBufferWriter<byte> output);
}
