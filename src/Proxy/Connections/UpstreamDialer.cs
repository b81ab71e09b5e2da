using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Http;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>Opens a connection to exactly one address within a time limit.</summary>
internal static class UpstreamDialer
{
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow.</exception>
    public static async ValueTask<Socket> ConnectAsync(
        IPEndPoint address,
        TimeSpan timeout,
        TransportSettings settings,
        CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout > TimeSpan.Zero)
        {
            limit.CancelAfter(timeout);
        }

        Socket? socket = null;
        try
        {
            // Fails where this process has too many files open.
            socket = TrafficDefaults.ClientSocket(address.AddressFamily);
            Apply(settings.Keepalive, socket);
            await socket.ConnectAsync(address, limit.Token);
            return socket;
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            throw new UpstreamConnectException($"{error.SocketErrorCode} ({error.NativeErrorCode})", error);
        }
        catch (OperationCanceledException timedOut) when (!cancellation.IsCancellationRequested)
        {
            socket?.Dispose();
            throw new UpstreamConnectException("connection timeout", timedOut) { TimedOut = true };
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>A connection for a pool.</summary>
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow.</exception>
    public static async ValueTask<UpstreamTransport> DialAsync(IPEndPoint address, Cluster cluster)
    {
        var socket = await ConnectAsync(address, cluster.ConnectTimeout, cluster.Transport, CancellationToken.None);
        return new SocketTransport(socket);
    }

    /// <summary>Opens HTTP/2 connections to one endpoint; they count among the cluster's.</summary>
    public static HttpMessageHandler CreateHandler(IPEndPoint address, Cluster cluster)
    {
        var counters = cluster.State.Counters;
        return TrafficDefaults.Http2Handler(
            cluster.Limits,
            async (_, cancellation) =>
            {
                // HTTP/2 needs few connections, and its requests do not wait for one: they are counted, not limited.
                counters.TryBeginConnection(cluster.Limits, force: true);
                Socket? socket = null;
                try
                {
                    socket = await ConnectAsync(address, cluster.ConnectTimeout, cluster.Transport, cancellation);
                    return new SettingsFirstStream(new CountedStream(socket, counters), cluster.ConnectTimeout);
                }
                catch (UpstreamConnectException error)
                {
                    counters.ConnectFailed(error.TimedOut);
                    throw;
                }
                finally
                {
                    if (socket is null)
                    {
                        counters.EndConnection();
                    }
                }
            }
        );
    }

    private static void Apply(TcpKeepalive? keepalive, Socket socket)
    {
        if (keepalive is null)
        {
            return;
        }

        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Set(SocketOptionName.TcpKeepAliveRetryCount, keepalive.Probes);
        Set(SocketOptionName.TcpKeepAliveTime, keepalive.Time);
        Set(SocketOptionName.TcpKeepAliveInterval, keepalive.Interval);

        void Set(SocketOptionName option, int? value)
        {
            if (value is { } number)
            {
                socket.SetSocketOption(SocketOptionLevel.Tcp, option, number);
            }
        }
    }
}
