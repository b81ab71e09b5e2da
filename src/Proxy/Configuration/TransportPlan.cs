using System.Collections.Immutable;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Configuration;

/// <summary>How a cluster's connections are made: the first of <see cref="Matches"/> whose labels the endpoint has, else <see cref="Tls"/>.</summary>
internal sealed record TransportPlan
{
    public static TransportPlan Plain { get; } = new();

    public TcpKeepalive? Keepalive { get; init; }

    /// <summary>Null for plaintext.</summary>
    public TlsClientSettings? Tls { get; init; }

    /// <summary>Envoy, <c>transport_socket_matches</c>.</summary>
    public ImmutableArray<Match> Matches { get; init; } = [];

    /// <param name="Labels">All of which an endpoint must have in its metadata.</param>
    /// <param name="Tls">Null for plaintext.</param>
    internal sealed record Match(EndpointLabels Labels, TlsClientSettings? Tls);
}
