using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Where a connection came in and where it was going: a feature of the connection, from which every request finds its listener in the
/// configuration of its own moment.
/// </summary>
internal sealed class ConnectionTarget
{
    private byte[]? _forwardedClient;

    public required bool Inbound { get; init; }

    /// <summary>The original destination, or the address of the socket that a listener asked for; null for the plain outbound port.</summary>
    public required IPEndPoint? Destination { get; init; }

    /// <summary>The configured address of the listener whose own socket accepted it; null for the capture ports.</summary>
    public required IPEndPoint? Bound { get; init; }

    /// <summary>Port the client was going to.</summary>
    public required int Port { get; init; }

    public required IPEndPoint Local { get; init; }

    public required IPEndPoint Remote { get; init; }

    /// <summary>What the connection counts as; whoever sees its end gives it back.</summary>
    public IDisposable? Place { get; set; }

    /// <summary>Who the client is, where mutual TLS has verified it; null in plaintext.</summary>
    public PeerIdentity? Peer { get; set; }

    /// <summary>What this connection adds to <c>x-forwarded-client-cert</c>; made by the first request that asks. Only where there is a <see cref="Peer"/>.</summary>
    public ReadOnlySpan<byte> ForwardedClient => _forwardedClient ??= Security.ForwardedClient.Element(Peer!, OwnPrincipal);

    /// <summary>The name that the client asked for in its ClientHello; null in plaintext and where it asked for none.</summary>
    public string? ServerName { get; set; }

    /// <summary>TLS of this connection ended here, and its client has proved who he is.</summary>
    public bool IsMutualTls { get; set; }

    /// <summary>Of <see cref="Peer"/>, the same object for all its connections; null in plaintext.</summary>
    public string? SourcePrincipal { get; set; }

    /// <summary>The SPIFFE id that this proxy showed; null where it showed none.</summary>
    public string? OwnPrincipal { get; set; }

    /// <summary>What a TLS client offered by ALPN.</summary>
    public ImmutableArray<string> Protocols { get; set; } = [];

    /// <summary>No chain takes such connections any more: the port came to ask for mutual TLS, or to refuse it.</summary>
    public bool IsRefusedBy(ProxyConfig config) => FindIn(config).IsRefused;

    public ListenerTraffic FindIn(ProxyConfig config)
    {
        var traffic = Find(config);
        return traffic.Listener?.Peers is { } peers ? ListenerTraffic.Of(traffic, peers, this) : traffic;
    }

    private ListenerTraffic Find(ProxyConfig config)
    {
        var table = Inbound ? config.Inbound : config.Outbound;
        if (Bound is not null)
        {
            // A handful per proxy, so a scan; several may share a name (the ports of one inbound listener), none an address.
            foreach (var bound in table.Bound)
            {
                if (bound.Address.Equals(Bound))
                {
                    return ListenerTraffic.Of(bound, Local.Address);
                }
            }

            return default;
        }

        if (Destination is null)
        {
            return Inbound ? default : new(null, table.ByAuthority, null) { HttpSecurity = table.AuthoritySecurity };
        }

        return table.Find(Destination) is { } found ? ListenerTraffic.Of(found, Destination.Address) : default;
    }
}
