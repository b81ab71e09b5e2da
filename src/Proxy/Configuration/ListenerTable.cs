using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>The listeners of one direction: finds the one for an original destination (capture redirect) or a bound port (capture none).</summary>
internal sealed class ListenerTable
{
    public required FrozenDictionary<IPEndPoint, ListenerConfig> ByAddress { get; init; }

    /// <summary>Listeners for every address at a port.</summary>
    public required FrozenDictionary<int, ListenerConfig> ByPort { get; init; }

    /// <summary>What takes everything else; null refuses it.</summary>
    public required ListenerConfig? Default { get; init; }

    /// <summary>Listeners that the proxy must open sockets for by itself (Sidecar egress listeners; inbound ports with capture none).</summary>
    public required ImmutableArray<ListenerConfig> Bound { get; init; }

    /// <summary>
    /// Outbound only: one table over all HTTP routes for clients that come without an original destination. Its domains carry ports;
    /// a bare host means port 80, or the service's only HTTP port.
    /// </summary>
    public required RouteTable? ByAuthority { get; init; }

    /// <summary>What is asked of the traffic that <see cref="ByAuthority"/> routes.</summary>
    public ChainSecurity AuthoritySecurity { get; init; } = ChainSecurity.None;

    public ListenerConfig? Find(IPEndPoint destination) =>
        ByAddress.TryGetValue(destination, out var exact) ? exact
        : ByPort.TryGetValue(destination.Port, out var any) ? any
        : Default;
}
