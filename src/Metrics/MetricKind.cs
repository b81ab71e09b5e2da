namespace Mesh.Metrics;

/// <summary>The word after the name in a TYPE line.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
