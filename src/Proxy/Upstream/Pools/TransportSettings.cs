namespace Mesh.Proxy.Upstream.Pools;

/// <summary>What a connection is made with. Connections made with other settings are never used for a request; equal by value.</summary>
/// <param name="Keepalive">TCP's own probes of silent connections; null where the system's settings hold.</param>
internal sealed record TransportSettings(TcpKeepalive? Keepalive)
{
    public static TransportSettings Plain { get; } = new((TcpKeepalive?)null);
}
