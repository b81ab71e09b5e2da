namespace Mesh.Metrics;

/// <summary>Bucket bounds that existing dashboards know.</summary>
public static class HistogramBuckets
{
    /// <summary>Request durations in milliseconds, Envoy's default bounds, which Istio's dashboards expect.</summary>
    public static ReadOnlySpan<double> Milliseconds =>
        [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000];

    /// <summary>Seconds that configuration takes from a change to a proxy's ACK.</summary>
    public static ReadOnlySpan<double> PropagationSeconds => [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60];
}
