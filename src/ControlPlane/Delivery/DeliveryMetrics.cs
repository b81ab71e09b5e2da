using Mesh.Metrics;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>What the streams count. Names and labels are Istio's where Istio has them, so that its dashboards work.</summary>
internal sealed class DeliveryMetrics(MetricRegistry registry)
{
    private readonly MetricFamily<LabelValues, Counter> pushes = registry.Counters(
        "pilot_xds_pushes",
        "Responses sent to clients, by resource type.",
        "type"
    );

    private readonly MetricFamily<LabelValues, Counter> rejects = registry.Counters(
        "pilot_total_xds_rejects",
        "Responses that clients refused (NACK), by resource type.",
        "type"
    );

    private readonly MetricFamily<LabelValues, Histogram> changeToAck = registry.Histograms(
        "config_change_to_ack_seconds",
        "Time from a change of the configuration to a client's ACK of the response that carried it, by resource type.",
        HistogramBuckets.PropagationSeconds,
        "type"
    );

    /// <summary>Open streams.</summary>
    public Gauge Clients { get; } = registry.Gauge("pilot_xds", "Clients connected over xDS.");

    /// <summary>Streams ended because their client did not read.</summary>
    public Counter WriteTimeouts { get; } = registry.Counter("pilot_xds_write_timeout", "Responses a client did not read in time.");

    /// <summary>Requests that were read late because their client sent too many.</summary>
    public Counter SlowedRequests { get; } =
        registry.Counter("mesh_xds_slowed_requests_total", "Requests that were read late because their stream sent too many.");

    public void Sent(string typeUrl) => pushes.Get(Label(typeUrl)).Inc();

    public void Rejected(string typeUrl) => rejects.Get(Label(typeUrl)).Inc();

    public void Acked(string typeUrl, TimeSpan sinceChange) => changeToAck.Get(Label(typeUrl)).Observe(sinceChange.TotalSeconds);

    // Any type URL may come from the network; a label value of its own is only for those we serve.
    private static LabelValues Label(string typeUrl) =>
        new(TypeUrls.TryIntern(typeUrl) is { } known ? TypeUrls.ShortName(known).ToLowerInvariant() : "other");
}
