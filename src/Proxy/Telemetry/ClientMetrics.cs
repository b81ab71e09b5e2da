using Mesh.Http2;
using Mesh.Metrics;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Telemetry;

/// <summary>What clients' connections cost, and which were refused or cut for costing too much.</summary>
internal sealed class ClientMetrics
{
    private readonly MetricFamily<LabelValues, Counter> _floods;

    public ClientMetrics(MetricRegistry registry, ClientPlaces places)
    {
        registry.Gauge("mesh_downstream_connections", "Open connections of clients.", () => places.Taken);
        registry.Counter(
            "mesh_downstream_connections_refused_total",
            "Connections closed because of --max-connections.",
            () => places.Refused
        );
        _floods = registry.Counters(
            "mesh_downstream_http2_floods_total",
            "HTTP/2 connections of clients cut because of frames that only cost.",
            "reason"
        );
        foreach (var reason in Enum.GetValues<Http2Flood>().Where(reason => reason != Http2Flood.None))
        {
            _floods.Get(Label(reason));
        }
    }

    public void Flooded(Http2Flood reason) => _floods.Get(Label(reason)).Inc();

    private static LabelValues Label(Http2Flood reason) =>
        new(
            reason switch
            {
                Http2Flood.ControlFrames => "control_frames",
                Http2Flood.Resets => "early_resets",
                _ => "continuations",
            }
        );
}
