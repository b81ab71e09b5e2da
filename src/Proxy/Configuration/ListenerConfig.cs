using System.Net;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>What happens to connections of one listener. With both <see cref="Http"/> and <see cref="Tcp"/> the first bytes decide.</summary>
internal sealed class ListenerConfig
{
    public required string Name { get; init; }

    public required bool Inbound { get; init; }

    public required IPEndPoint Address { get; init; }

    /// <summary>Where address and server name decide which chain takes a connection; null where nothing but the port does.</summary>
    public ChainTable? Chains { get; init; }

    /// <summary>Routes for HTTP connections; null where only TCP is spoken.</summary>
    public RouteTable? Http { get; init; }

    /// <summary>Destinations for other connections; null where only HTTP is spoken.</summary>
    public WeightedDestinations? Tcp { get; init; }

    /// <summary>Where encryption decides which chain takes a connection; <see cref="Http"/> and <see cref="Tcp"/> are for plaintext then. Else null.</summary>
    public PeerChains? Peers { get; init; }

    /// <summary>Of the chain that <see cref="Http"/> is from.</summary>
    public ChainSecurity HttpSecurity { get; init; } = ChainSecurity.None;

    /// <summary>Of the chain that <see cref="Tcp"/> is from.</summary>
    public ChainSecurity TcpSecurity { get; init; } = ChainSecurity.None;
}
