using System.Net;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>What policies may ask about one request or connection.</summary>
/// <param name="head">Null for a connection that is not HTTP.</param>
/// <param name="peer">Whom mutual TLS has verified; null in plaintext.</param>
/// <param name="source">The connection's other end.</param>
/// <param name="destination">What the client dialled.</param>
/// <param name="serverName">Of the TLS handshake; null where there was none.</param>
internal readonly struct AccessSubject(RequestHead? head, PeerIdentity? peer, IPEndPoint source, IPEndPoint destination, string? serverName)
{
    public RequestHead? Head { get; } = head;

    public PeerIdentity? Peer { get; } = peer;

    public IPAddress Source { get; } = source.Address;

    public IPAddress Destination { get; } = destination.Address;

    public int Port { get; } = destination.Port;

    public string? ServerName { get; } = serverName;
}
