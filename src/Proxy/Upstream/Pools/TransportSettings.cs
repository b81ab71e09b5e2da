using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>What a connection is made with. Connections made with other settings are never used for a request; equal by value.</summary>
/// <param name="Keepalive">TCP's own probes of silent connections; null where the system's settings hold.</param>
/// <param name="Tls">What encrypts it; null for plaintext.</param>
/// <param name="Source">Where it comes from; null where the system chooses.</param>
internal sealed record TransportSettings(TcpKeepalive? Keepalive, TlsClient? Tls = null, DialSource? Source = null)
{
    public static TransportSettings Plain { get; } = new(null, null);
}
