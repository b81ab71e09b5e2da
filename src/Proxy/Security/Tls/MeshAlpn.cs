using System.Net.Security;

namespace Mesh.Proxy.Security.Tls;

/// <summary>
/// The protocol names by which sidecars recognise each other. A ClientHello with one of them is the mesh's; all other TLS is the application's
/// own (Istio, "mtlsHTTPALPNs" and "mtlsTCPALPNs").
/// </summary>
internal static class MeshAlpn
{
    public const string Tcp = "istio";
    public const string Http2 = "istio-h2";
    public const string Http11 = "istio-http/1.1";

    /// <summary>Asks for an exchange of metadata that these proxies do not do.</summary>
    public const string PeerExchange = "istio-peer-exchange";

    public static bool IsMesh(string protocol) => protocol.StartsWith(Tcp, StringComparison.Ordinal);

    /// <summary>What a client offers for a connection inside the mesh, best first.</summary>
    public static IReadOnlyList<string> Offered(TlsUse use) =>
        use switch
        {
            TlsUse.Http1 => [Http11, Tcp, "http/1.1"],
            TlsUse.Http2 => [Http2, Tcp, "h2"],
            _ => [Tcp],
        };

    public static List<SslApplicationProtocol> ToList(IEnumerable<string> protocols) =>
        [.. protocols.Select(p => new SslApplicationProtocol(p))];
}
