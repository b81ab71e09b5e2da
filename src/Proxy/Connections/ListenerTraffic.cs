using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Connections;

/// <summary>What may be spoken on a connection, and the tables that decide about it. All null: nobody takes it.</summary>
/// <param name="Names">Where the server name decides, the chains it decides between; the two before hold for those without a known name.</param>
/// <param name="ServerName">What a TLS client asked for, once that is known.</param>
internal readonly record struct ListenerTraffic(
    ListenerConfig? Listener,
    RouteTable? Http,
    WeightedDestinations? Tcp,
    NamedChains? Names = null,
    string? ServerName = null
)
{
    private readonly ChainSecurity? _httpSecurity;
    private readonly ChainSecurity? _tcpSecurity;

    /// <summary>What the chain of <see cref="Http"/> asks of requests.</summary>
    public ChainSecurity HttpSecurity
    {
        get => _httpSecurity ?? ChainSecurity.None;
        init => _httpSecurity = value;
    }

    /// <summary>What the chain of <see cref="Tcp"/> asks of connections.</summary>
    public ChainSecurity TcpSecurity
    {
        get => _tcpSecurity ?? ChainSecurity.None;
        init => _tcpSecurity = value;
    }

    public static ListenerTraffic Of(ListenerConfig listener, IPAddress destination)
    {
        if (listener.Chains is null)
        {
            return new(listener, listener.Http, listener.Tcp) { HttpSecurity = listener.HttpSecurity, TcpSecurity = listener.TcpSecurity };
        }

        var chains = listener.Chains.Find(destination);
        return new(listener, chains.Rest.Http, chains.Rest.Tcp, chains.AsksForHello ? chains : null)
        {
            HttpSecurity = chains.Rest.HttpSecurity,
            TcpSecurity = chains.Rest.TcpSecurity,
        };
    }

    /// <summary>The same for a listener whose chains differ by encryption: a client that was verified must still be one whose name is taken.</summary>
    public static ListenerTraffic Of(ListenerTraffic traffic, PeerChains peers, ConnectionTarget target) =>
        !target.IsMutualTls ? traffic
        : peers.Find(target.Protocols) is { } chain && (target.Peer is not { } peer || chain.Server.Believes(peer))
            ? traffic.With(chain.Target)
        : traffic.With(ChainTarget.Nobody);

    /// <summary>The listener's chains differ by encryption, and none takes this one.</summary>
    public bool IsRefused => Listener?.Peers is not null && Http is null && Tcp is null;

    public ListenerTraffic With(ChainTarget chain) =>
        this with
        {
            Http = chain.Http,
            Tcp = chain.Tcp,
            HttpSecurity = chain.HttpSecurity,
            TcpSecurity = chain.TcpSecurity,
            Names = null,
        };

    /// <summary>For a client that spoke TLS.</summary>
    public ListenerTraffic For(ClientHello hello)
    {
        var chain = Names!.Find(hello.ServerName);
        return With(chain) with { ServerName = hello.ServerName };
    }
}
