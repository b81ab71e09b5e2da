using Mesh.Http2;
using Mesh.Listening;
using Mesh.Metrics;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Telemetry;

/// <summary>What clients' connections cost, and which were refused or cut for costing too much.</summary>
internal sealed class ClientMetrics
{
    /// <summary>A reason of <see cref="Refused"/>: a client does not take an answer that has ended here.</summary>
    public const string SlowReader = "slow_reader";

    private readonly MetricFamily<LabelValues, Counter> _floods;
    private readonly MetricFamily<LabelValues, Counter> _refusals;

    public ClientMetrics(MetricRegistry registry, ClientPlaces places, RareReport acceptFailures)
    {
        registry.Gauge("mesh_downstream_connections", "Open connections of clients.", () => places.Taken);
        registry.Counter(
            "mesh_downstream_connections_refused_total",
            "Connections closed because of --max-connections.",
            () => places.OverLimit
        );
        registry.Counter(
            "mesh_downstream_connections_without_descriptor_total",
            "Connections closed because the process's open files are used up but for a reserve.",
            () => places.WithoutDescriptor
        );
        registry.Counter(
            "mesh_downstream_accept_failures_total",
            "Times that accepting clients failed, mostly for want of descriptors.",
            () => acceptFailures.Count
        );
        _floods = registry.Counters(
            "mesh_downstream_http2_floods_total",
            "HTTP/2 connections of clients cut because of frames that only cost.",
            "reason"
        );
        _refusals = registry.Counters(
            "mesh_downstream_http2_refused_total",
            "What broke a rule of HTTP/2: a stream's head (stream_error), or its whole connection.",
            "reason"
        );
        foreach (var reason in Enum.GetValues<Http2Flood>().Where(reason => reason != Http2Flood.None))
        {
            _floods.Get(Label(reason));
        }
    }

    /// <summary>HTTP/2 that was refused before there was a request of ours, or after its end.</summary>
    public void Refused(string reason) => _refusals.Get(new(reason)).Inc();

    public void Flooded(Http2Flood reason) => _floods.Get(Label(reason)).Inc();

    private static LabelValues Label(Http2Flood reason) =>
        new(
            reason switch
            {
                Http2Flood.ControlFrames => "control_frames",
                Http2Flood.Resets => "early_resets",
                Http2Flood.WindowUpdates => "window_updates",
                _ => "continuations",
            }
        );
}
