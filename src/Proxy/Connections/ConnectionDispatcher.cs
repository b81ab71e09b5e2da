using System.IO.Pipelines;
using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>
/// The demultiplexer: finds out where an accepted connection was going, looks at its first bytes only where the listener leaves a choice,
/// and hands it to the HTTP codec or the TCP proxy.
/// </summary>
internal sealed partial class ConnectionDispatcher(
    bool inbound,
    ProxyOptions options,
    ConfigStore store,
    HttpCodec codec,
    TcpProxy tcp,
    ILogger<ConnectionDispatcher> logger
) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="bound">The configured address of the listener whose own socket accepted it; null for the capture ports.</param>
    public async Task DispatchAsync(ConnectionContext connection, IPEndPoint? bound)
    {
        try
        {
            var target = TargetOf(connection, bound);
            connection.Features.Set(target);
            if (!await HandOverAsync(connection, target))
            {
                await connection.DisposeAsync();
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left while we looked, or we are shutting down.
            await connection.DisposeAsync();
        }
        catch (Exception error)
        {
            Failed(error);
            connection.Abort();
            await connection.DisposeAsync();
        }
    }

    /// <summary>Gives up connections that have not said yet what they are.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    // True where the connection now belongs to the codec.
    private async ValueTask<bool> HandOverAsync(ConnectionContext connection, ConnectionTarget target)
    {
        var config = store.Current;
        // Without a configuration nothing is known but that HTTP clients can be told so.
        var traffic = config is null ? default : target.FindIn(config);
        if (config is not null && traffic.Http is null)
        {
            if (traffic.Tcp is not null)
            {
                await tcp.RunAsync(connection, target, config, traffic, _stopping.Token);
            }

            return false;
        }

        var protocol = traffic.Tcp is null ? await SniffHttpAsync(connection) : await SniffAsync(connection);
        switch (protocol)
        {
            case SniffedProtocol.Http1 or SniffedProtocol.Http2:
                return codec.TryTake(connection, http2: protocol == SniffedProtocol.Http2);
            case SniffedProtocol.Tcp:
                await tcp.RunAsync(connection, target, config!, traffic, _stopping.Token);
                return false;
            default:
                return false;
        }
    }

    private ConnectionTarget TargetOf(ConnectionContext connection, IPEndPoint? bound)
    {
        var local = (IPEndPoint)connection.LocalEndPoint!;
        var destination =
            bound is not null ? local
            : options.Capture == CaptureMode.Redirect
                ? OriginalDestination.Of(connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket)
            : null;
        return new ConnectionTarget
        {
            Inbound = inbound,
            Destination = destination,
            Bound = bound,
            Port = (destination ?? local).Port,
            // Envoy logs the address the client meant, not the port it was redirected to.
            Local = destination ?? local,
            Remote = (IPEndPoint)connection.RemoteEndPoint!,
        };
    }

    // Undecided here means that the client left without a byte.
    private async ValueTask<SniffedProtocol> SniffHttpAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(_stopping.Token);
            var protocol = ProtocolSniffer.SniffHttp(read.Buffer);
            if (protocol == SniffedProtocol.Undecided && read.IsCompleted && !read.Buffer.IsEmpty)
            {
                protocol = SniffedProtocol.Http1;
            }

            if (Decided(input, read, protocol))
            {
                return protocol;
            }
        }
    }

    private async ValueTask<SniffedProtocol> SniffAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (options.ProtocolDetectionTimeout > TimeSpan.Zero)
        {
            patience.CancelAfter(options.ProtocolDetectionTimeout);
        }

        try
        {
            while (true)
            {
                var read = await input.ReadAsync(patience.Token);
                var protocol = ProtocolSniffer.Sniff(read.Buffer);
                if (protocol == SniffedProtocol.Undecided && read.IsCompleted && !read.Buffer.IsEmpty)
                {
                    protocol = SniffedProtocol.Tcp;
                }

                if (Decided(input, read, protocol))
                {
                    return protocol;
                }
            }
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // Silent for too long: a protocol where the server speaks first.
            return SniffedProtocol.Tcp;
        }
    }

    // Nothing is consumed; what was looked at is only marked so where more is needed, or the next reader would wait for new bytes.
    private static bool Decided(PipeReader input, ReadResult read, SniffedProtocol protocol)
    {
        var decided = protocol != SniffedProtocol.Undecided || read.IsCompleted;
        input.AdvanceTo(read.Buffer.Start, decided ? read.Buffer.Start : read.Buffer.End);
        return decided;
    }

    [LoggerMessage(LogLevel.Error, "A connection failed unexpectedly")]
    private partial void Failed(Exception error);
}
