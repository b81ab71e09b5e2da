using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Cli.Explain;

/// <summary>One request, or connection, at the sidecar of its destination: which chain takes it, what is asked of it, and what comes of that.</summary>
/// <param name="Policies">In the order in which they are asked.</param>
internal sealed record Arrival(ListenerTraffic Traffic, ImmutableArray<Setting> Policies, ArrivalVerdict Verdict)
{
    /// <param name="source">Of the destination's proxy.</param>
    /// <param name="head">Brought into the form that the destination's routes and policies read; null for a connection that is not HTTP.</param>
    /// <param name="encrypted">The client uses mutual TLS.</param>
    /// <param name="serverName">What it asks for in the handshake.</param>
    public static Arrival Of(
        ExplainSource source,
        ListenerConfig listener,
        int port,
        RequestHead? head,
        ExplainedClient client,
        bool encrypted,
        string? serverName,
        DateTimeOffset now
    )
    {
        var origins = new PolicyOrigins(source);
        var mode = ModeOf(listener.Peers);
        var target = Target(source, port, head, mode == "DISABLE" || !encrypted ? client with { Identity = null } : client, serverName);
        var traffic = ListenerTraffic.Of(listener, source.Node.Address);
        traffic = listener.Peers is { } peers ? ListenerTraffic.Of(traffic, peers, target) : traffic;
        ImmutableArray<Setting> asked =
        [
            new("mutual TLS", mode + Meaning(mode), origins.OfPeers(port)),
            new("client", target.Peer is { } peer ? peer.Uri : "in plaintext, known to nobody", client.Origin),
        ];
        var isHttp = head is not null && traffic.Http is not null;
        if (traffic.IsRefused)
        {
            return new(
                traffic,
                asked,
                ArrivalVerdict.Refused(Failure.NoFilterChain, "plaintext is not taken", "filter_chain_not_found", http: false)
            );
        }

        var security = isHttp ? traffic.HttpSecurity : traffic.TcpSecurity;
        if (isHttp && Admit(head!, target, security, now) is { } refused)
        {
            return new(traffic, [.. asked, .. PolicyExplainer.Tokens(security, origins)], refused);
        }

        var subject = new AccessSubject(isHttp ? head : null, target.Peer, target.Remote, target.Local, target.ServerName);
        var (policies, verdict) = PolicyExplainer.Of(security, subject, origins);
        return new(traffic, [.. asked, .. policies], verdict);
    }

    // As the proxy does it before it looks for a route.
    private static ArrivalVerdict? Admit(RequestHead head, ConnectionTarget target, ChainSecurity security, DateTimeOffset now)
    {
        if (!head.TryNormalizePath(security.Form.Path))
        {
            return ArrivalVerdict.Refused(400, "the path escapes what may not be escaped in it", "path_normalization_failed");
        }

        if (!InternalHeaders.TryApply(head, target, security.Form))
        {
            return ArrivalVerdict.Refused(431, "the head has no room for the client's name", "headers_too_large");
        }

        var failure = security.Tokens?.Apply(head, now) ?? TokenFailure.None;
        return failure == TokenFailure.None
            ? null
            : ArrivalVerdict.Refused(401, TokenFailureTable.Sentence(failure), TokenFailureTable.DetailsOf(failure));
    }

    private static ConnectionTarget Target(ExplainSource source, int port, RequestHead? head, ExplainedClient client, string? serverName)
    {
        var local = new IPEndPoint(source.Node.Address, port);
        var use = head is null ? TlsUse.Tcp : TlsUse.Http1;
        return new()
        {
            Inbound = true,
            Destination = local,
            Bound = null,
            Port = port,
            Local = local,
            Remote = new(client.Address, 0),
            Peer = client.Identity,
            SourcePrincipal = client.Identity?.Uri,
            IsMutualTls = client.Identity is not null,
            Protocols = client.Identity is null ? [] : [.. MeshAlpn.Offered(use)],
            ServerName = client.Identity is null ? null : serverName,
        };
    }

    private static string ModeOf(PeerChains? peers) =>
        peers switch
        {
            { TakesPlaintext: false } => "STRICT",
            { EndsTls: true } => "PERMISSIVE",
            _ => "DISABLE",
        };

    private static string Meaning(string mode) =>
        mode switch
        {
            "STRICT" => ": plaintext is refused",
            "PERMISSIVE" => ": plaintext is taken too",
            _ => ": only plaintext is taken",
        };
}
