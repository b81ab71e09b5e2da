using System.Net.Sockets;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>Opens connections to services that are asked, encrypted as their cluster says, apart from those of requests.</summary>
internal static class CheckDialer
{
    /// <summary>What connections that may be shared have in common: where they go and how they are encrypted.</summary>
    public static string PrefixOf(Cluster cluster, Endpoint endpoint) =>
        cluster.TransportOf(endpoint).Tls is { } tls
            ? $"http://{tls.Name}.{endpoint.Address.Address.ToString().Replace(':', '-')}:{endpoint.Address.Port}"
            : endpoint.State.Connections.UriPrefix(endpoint.Address);

    /// <exception cref="UpstreamConnectException">There is none.</exception>
    public static ValueTask<Stream> DialAsync(Cluster cluster, Endpoint endpoint, bool http2, CancellationToken cancellation) =>
        UpstreamDialer.OpenAsync(
            endpoint.Address,
            cluster.ConnectTimeout,
            cluster.TransportOf(endpoint),
            http2 ? TlsUse.Http2 : TlsUse.Http1,
            static socket => new NetworkStream(socket, ownsSocket: true),
            cancellation
        );
}
