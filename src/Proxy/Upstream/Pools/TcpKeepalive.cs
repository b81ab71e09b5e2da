namespace Mesh.Proxy.Upstream.Pools;

/// <summary>TCP keep-alive of upstream connections (Envoy, core.v3.TcpKeepalive); null parts are the system's.</summary>
/// <param name="Probes">Unanswered probes after which the connection is dead.</param>
/// <param name="Time">Whole seconds of silence before the first probe.</param>
/// <param name="Interval">Whole seconds between probes.</param>
internal sealed record TcpKeepalive(int? Probes, int? Time, int? Interval);
