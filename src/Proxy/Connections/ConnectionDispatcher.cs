using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>
/// The demultiplexer: finds out where an accepted connection was going, looks at its first bytes where the listener leaves a choice, and
/// hands it to the HTTP codec or the TCP proxy.
/// </summary>
internal sealed partial class ConnectionDispatcher(
    bool inbound,
    ProxyOptions options,
    ConfigStore store,
    SocketConnectionContextFactory transport,
    HttpCodec codec,
    TcpProxy tcp,
    PeerGate gate,
    ClientPlaces places,
    ILogger<ConnectionDispatcher> logger
) : IDisposable
{
    // A socket with bytes in it cannot be waited on for more of them; who dribbles his first bytes is looked at again after a while.
    private static readonly TimeSpan FirstLookAgain = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LastLookAgain = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();

    // How long a client may take to show what it speaks.
    private TimeSpan Detection =>
        options.ProtocolDetectionTimeout > TimeSpan.Zero ? options.ProtocolDetectionTimeout : TrafficDefaults.IdleTimeout;

    /// <summary>Takes the socket over.</summary>
    /// <param name="bound">The configured address of the listener whose own socket accepted it; null for the capture ports.</param>
    public async Task DispatchAsync(Socket socket, IPEndPoint? bound)
    {
        if (places.TryTake(socket) is not { } place)
        {
            socket.Close(timeout: 0);
            return;
        }

        try
        {
            socket.NoDelay = true;
            var target = TargetOf(socket, bound);
            target.Place = place;
            if (await HandOverAsync(socket, target))
            {
                return;
            }
        }
        catch (Exception error) when (error is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left while we looked, or we are shutting down.
        }
        catch (Exception error)
        {
            Failed(error);
        }

        socket.Dispose();
        place.Dispose();
    }

    /// <summary>Gives up connections that have not said yet what they are.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    // True where the connection now belongs to the codec.
    private async ValueTask<bool> HandOverAsync(Socket socket, ConnectionTarget target)
    {
        var config = store.Current;
        // Without a configuration nothing is known but that HTTP clients can be told so.
        var traffic = config is null ? default : target.FindIn(config);
        if (config is not null && traffic.Listener?.Peers is { } peers)
        {
            var hello = await gate.LookAsync(socket, target, traffic, peers, Detection, _stopping.Token);
            switch (hello.Status)
            {
                case ClientHelloStatus.Incomplete or ClientHelloStatus.TooLarge:
                    return false;
                case ClientHelloStatus.Complete when peers.Find(hello.Protocols) is { } chain:
                    return await TakePeerAsync(socket, target, config, chain, hello);
                case ClientHelloStatus.Complete when peers.Passing.Tcp is not null:
                    target.ServerName = hello.ServerName;
                    traffic = traffic.With(peers.Passing) with { Http = null, ServerName = hello.ServerName };
                    break;
                case ClientHelloStatus.NotTls when peers.TakesPlaintext:
                    // Who was silent for so long waits for the server; one that both could speak to has waited once already.
                    traffic = traffic.Tcp is not null && socket.Available == 0 ? traffic with { Http = null } : traffic;
                    break;
                default:
                    gate.Refuse(target, tls: hello.Status == ClientHelloStatus.Complete);
                    tcp.Refuse(target, config, traffic);
                    return false;
            }
        }
        else if (traffic.Names is not null)
        {
            var hello = await ClientHelloPeek.ReadAsync(socket, Detection, _stopping.Token);
            if (hello.Status is ClientHelloStatus.Incomplete or ClientHelloStatus.TooLarge)
            {
                return false;
            }

            // What is encrypted cannot be HTTP that we could read.
            traffic = hello.Status == ClientHelloStatus.Complete ? traffic.For(hello) with { Http = null } : traffic;
        }

        var protocol =
            config is not null && traffic.Http is null ? SniffedProtocol.Tcp : await SniffAsync(socket, httpOnly: traffic.Tcp is null);
        switch (protocol)
        {
            case SniffedProtocol.Http1 or SniffedProtocol.Http2:
                return await TakeAsync(socket, target, http2: protocol == SniffedProtocol.Http2);
            case SniffedProtocol.Tcp when config is not null:
                // Where nobody takes it, the log says so.
                await tcp.RunAsync(new SocketTransport(socket), target, config, traffic, _stopping.Token);
                return false;
            default:
                return false;
        }
    }

    private async ValueTask<bool> TakePeerAsync(
        Socket socket,
        ConnectionTarget target,
        ProxyConfig config,
        PeerChains.Terminated chain,
        ClientHello hello
    )
    {
        if (await gate.AuthenticateAsync(socket, target, chain, hello, _stopping.Token) is not { } stream)
        {
            return false;
        }

        if (chain.Target.Http is null)
        {
            using var client = new TlsTransport(stream, socket);
            await tcp.RunAsync(client, target, config, target.FindIn(config), _stopping.Token);
            return false;
        }

        var connection = new TlsConnection(stream, socket);
        connection.Features.Set(target);
        try
        {
            if (
                await connection.SniffAsync(_stopping.Token) is { } protocol
                && codec.TryTake(connection, http2: protocol == SniffedProtocol.Http2)
            )
            {
                return true;
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client left, or we are shutting down.
        }

        await connection.DisposeAsync();
        return false;
    }

    private async ValueTask<bool> TakeAsync(Socket socket, ConnectionTarget target, bool http2)
    {
        var connection = http2 ? transport.Create(socket) : new SocketConnection(socket);
        connection.Features.Set(target);
        if (!codec.TryTake(connection, http2))
        {
            await connection.DisposeAsync();
            return false;
        }

        return true;
    }

    private ConnectionTarget TargetOf(Socket socket, IPEndPoint? bound)
    {
        var local = OriginalDestination.Unmap((IPEndPoint)socket.LocalEndPoint!);
        var destination =
            bound is not null ? local
            : options.Capture == CaptureMode.None ? null
            : inbound && options.Capture == CaptureMode.Tproxy ? OriginalDestination.OfTransparent(local, options.Inbound.Port)
            : OriginalDestination.Of(socket);
        return new ConnectionTarget
        {
            Inbound = inbound,
            Destination = destination,
            Bound = bound,
            Port = (destination ?? local).Port,
            // Envoy logs the address the client meant, not the port it was redirected to.
            Local = destination ?? local,
            Remote = OriginalDestination.Unmap((IPEndPoint)socket.RemoteEndPoint!),
        };
    }

    // Consumes nothing. Undecided: the client left without a byte, or was silent for too long on a port where clients speak first.
    private async ValueTask<SniffedProtocol> SniffAsync(Socket socket, bool httpOnly)
    {
        var spoke = false;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(httpOnly ? options.Limits.IdleTimeout : Detection);
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, patience.Token);
            spoke = true;
            patience.CancelAfter(httpOnly && options.Limits.RequestHeadTimeout < Detection ? options.Limits.RequestHeadTimeout : Detection);
            for (var pause = FirstLookAgain; ; pause = pause < LastLookAgain ? pause * 2 : pause)
            {
                var protocol = Peek(socket, httpOnly, out var count);
                if (protocol != SniffedProtocol.Undecided || count == 0)
                {
                    return protocol;
                }

                await Task.Delay(pause, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // Where both are spoken, silence is a protocol in which the server speaks first.
            return !httpOnly ? SniffedProtocol.Tcp
                : spoke ? SniffedProtocol.Http1
                : SniffedProtocol.Undecided;
        }
    }

    private static SniffedProtocol Peek(Socket socket, bool httpOnly, out int count)
    {
        Span<byte> start = stackalloc byte[ProtocolSniffer.MaxBytes];
        count = socket.Receive(start, SocketFlags.Peek);
        return httpOnly ? ProtocolSniffer.SniffHttp(start[..count]) : ProtocolSniffer.Sniff(start[..count]);
    }

    [LoggerMessage(LogLevel.Error, "A connection failed unexpectedly")]
    private partial void Failed(Exception error);
}
