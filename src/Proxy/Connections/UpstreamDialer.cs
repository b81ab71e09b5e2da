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
    public static async ValueTask<Socket> ConnectAsync(IPEndPoint address, TimeSpan timeout, CancellationToken cancellation)
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
        var socket = await ConnectAsync(address, cluster.ConnectTimeout, CancellationToken.None);
        return new SocketTransport(socket);
    }

    /// <summary>The HTTP handler for one endpoint.</summary>
    public static HttpMessageHandler CreateHandler(IPEndPoint address, EndpointConnections connections) =>
        TrafficDefaults.Handler(
            async (_, cancellation) =>
                new NetworkStream(await ConnectAsync(address, connections.ConnectTimeout, cancellation), ownsSocket: true)
        );
}
