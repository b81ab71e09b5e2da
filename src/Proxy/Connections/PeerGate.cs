using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>Finds out whether an inbound client is a peer of the mesh, and ends the TLS of those that are.</summary>
internal sealed partial class PeerGate(PeerMetrics metrics, TimeProvider time, ILogger<PeerGate> logger)
{
    // Somebody who tries again and again must not fill the log.
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private long _nextLine;

    /// <summary>Looks at the first bytes, which stay in the socket.</summary>
    /// <param name="detection">For clients on a port that takes HTTP and TCP.</param>
    public async ValueTask<ClientHello> LookAsync(
        Socket socket,
        ConnectionTarget target,
        ListenerTraffic plaintext,
        PeerChains peers,
        TimeSpan detection,
        CancellationToken stopping
    )
    {
        if (!peers.Looks)
        {
            return new(ClientHelloStatus.NotTls);
        }

        // Where nothing but TLS or HTTP is spoken, the client always speaks first.
        var serverMaySpeakFirst = peers.TakesPlaintext && plaintext.Tcp is not null;
        var patience =
            !peers.TakesPlaintext ? TrafficDefaults.TlsHandshakeTimeout
            : plaintext.Tcp is null ? TrafficDefaults.IdleTimeout
            : plaintext.Http is null ? peers.Patience
            : detection;
        var began = time.GetTimestamp();
        var hello = await ClientHelloPeek.ReadAsync(socket, patience, TrafficDefaults.TlsHandshakeTimeout, stopping);
        if (serverMaySpeakFirst)
        {
            metrics.Waited(began);
        }

        if (peers.EndsTls && (hello.Status == ClientHelloStatus.NotTls ? peers.TakesPlaintext : IsStrangersTls(hello, peers)))
        {
            metrics.Plaintext(target.Port, target.Remote.Address);
        }

        return hello;
    }

    // Under STRICT it would not be taken either.
    private static bool IsStrangersTls(ClientHello hello, PeerChains peers) =>
        hello.Status == ClientHelloStatus.Complete && peers.Find(hello.Protocols) is null;

    /// <summary>Ends TLS; null where the client was not believed or did not finish, which is counted and logged.</summary>
    /// <param name="target">Learns who the client is.</param>
    public async ValueTask<SslStream?> AuthenticateAsync(
        Socket socket,
        ConnectionTarget target,
        PeerChains.Terminated chain,
        ClientHello hello,
        CancellationToken stopping
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(TrafficDefaults.TlsHandshakeTimeout);
        try
        {
            var (stream, peer) = await chain.Server.AuthenticateAsync(
                new NetworkStream(socket, ownsSocket: true),
                hello.Protocols.IsDefault ? [] : hello.Protocols,
                limit.Token
            );
            target.IsMutualTls = true;
            target.Peer = peer;
            // As many as the mesh has identities; metrics compare them by reference.
            target.SourcePrincipal = string.Intern(peer.Uri);
            target.ServerName = hello.ServerName;
            target.Protocols = hello.Protocols.IsDefault ? [] : hello.Protocols;
            target.OwnPrincipal = chain.Server.OwnPrincipal;
            metrics.Accepted();
            return stream;
        }
        catch (TlsException error)
        {
            Failed(target, error.Reason);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Failed(target, $"it did not finish within {TrafficDefaults.TlsHandshakeTimeout.TotalSeconds} s");
        }

        return null;
    }

    /// <summary>A client that is not taken.</summary>
    public void Refuse(ConnectionTarget target, bool tls)
    {
        metrics.Refused(target.Port);
        if (MayLog())
        {
            Refused(target.Port, target.Remote.Address, tls ? "TLS that is not the mesh's" : "plaintext");
        }
    }

    private void Failed(ConnectionTarget target, string reason)
    {
        metrics.Failed(target.Port);
        if (MayLog())
        {
            HandshakeFailed(target.Port, target.Remote.Address, reason);
        }
    }

    private bool MayLog()
    {
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _nextLine);
        return now >= next
            && Interlocked.CompareExchange(ref _nextLine, now + (long)(BetweenLines.TotalSeconds * time.TimestampFrequency), next) == next;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Port {Port} takes mutual TLS only: {What} from {Client} was closed (mesh_plaintext_refused_total counts all such connections)"
    )]
    private partial void Refused(int port, IPAddress client, string what);

    [LoggerMessage(
        LogLevel.Warning,
        "Mutual TLS at port {Port} with {Client} failed: {Reason} (mesh_tls_handshakes_failed_total counts all such connections)"
    )]
    private partial void HandshakeFailed(int port, IPAddress client, string reason);
}
