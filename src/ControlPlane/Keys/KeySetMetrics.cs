using Mesh.Metrics;

namespace Mesh.ControlPlane.Keys;

/// <summary>What fetching keys counts.</summary>
internal sealed class KeySetMetrics(MetricRegistry registry)
{
    private readonly MetricFamily<LabelValues, Counter> _fetches = registry.Counters(
        "mesh_key_fetches_total",
        "Fetches of issuers' keys, by how they ended.",
        "result"
    );

    public void Ended(bool well) => _fetches.Get(new(well ? "success" : "failure")).Inc();
}
