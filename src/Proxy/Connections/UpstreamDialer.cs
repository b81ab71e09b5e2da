using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Http2;
using Mesh.Listening;
using Mesh.Proxy.Http;
using Mesh.Proxy.Redirect;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>Opens a connection to exactly one address within a time limit: the one place that dials, in the clear or over TLS.</summary>
internal static class UpstreamDialer
{
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow.</exception>
    private static async ValueTask<Socket> ConnectAsync(
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
            if (DescriptorLimit.OfProcess.IsReserved(socket.SafeHandle.DangerousGetHandle()))
            {
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }

            Apply(settings.Keepalive, socket);
            if (settings.Source is { } source)
            {
                if (source.IsOthers)
                {
                    OriginalDestination.MakeTransparent(socket);
                    OriginalDestination.Mark(socket, RedirectRules.TransparentMark);
                }

                OriginalDestination.ChoosePortLate(socket);
                socket.Bind(new IPEndPoint(source.Address, 0));
            }

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
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow, or TLS failed.</exception>
    public static ValueTask<UpstreamTransport> DialAsync(IPEndPoint address, Cluster cluster, TransportSettings settings) =>
        DialAsync(address, cluster.ConnectTimeout, settings, TlsUse.Http1, CancellationToken.None);

    /// <summary>A connection, encrypted where the settings say so.</summary>
    /// <param name="timeout">For TCP's handshake and TLS's together; zero for none (Envoy, connect_timeout).</param>
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow, or TLS failed.</exception>
    public static async ValueTask<UpstreamTransport> DialAsync(
        IPEndPoint address,
        TimeSpan timeout,
        TransportSettings settings,
        TlsUse use,
        CancellationToken cancellation
    )
    {
        var began = Stopwatch.GetTimestamp();
        var socket = await ConnectAsync(address, timeout, settings, cancellation);
        if (settings.Tls is null)
        {
            return new SocketTransport(socket);
        }

        var left = timeout > TimeSpan.Zero ? timeout - Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;
        var stream = new NetworkStream(socket, ownsSocket: true);
        var encrypted = await EncryptAsync(stream, settings.Tls, use, timeout > TimeSpan.Zero, left, cancellation);
        return new TlsTransport(encrypted, socket, settings.Tls.PrincipalsOf(encrypted));
    }

    /// <summary>The same as a stream.</summary>
    /// <param name="wrap">Makes the stream of the socket, which owns it.</param>
    /// <exception cref="UpstreamConnectException">It was refused, unreachable or too slow, or TLS failed.</exception>
    public static async ValueTask<Stream> OpenAsync(
        IPEndPoint address,
        TimeSpan timeout,
        TransportSettings settings,
        TlsUse use,
        Func<Socket, NetworkStream> wrap,
        CancellationToken cancellation
    )
    {
        var began = Stopwatch.GetTimestamp();
        var stream = wrap(await ConnectAsync(address, timeout, settings, cancellation));
        var left = timeout > TimeSpan.Zero ? timeout - Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;
        return settings.Tls is null ? stream : await EncryptAsync(stream, settings.Tls, use, timeout > TimeSpan.Zero, left, cancellation);
    }

    /// <summary>Opens HTTP/2 connections to one endpoint; they count among the cluster's.</summary>
    public static HttpMessageHandler CreateHandler(Endpoint endpoint, Cluster cluster)
    {
        var counters = cluster.State.Counters;
        var address = endpoint.Address;
        var settings = cluster.TransportOf(endpoint);
        return TrafficDefaults.Http2Handler(
            cluster.Limits,
            async (_, cancellation) =>
            {
                // HTTP/2 needs few connections, and its requests do not wait for one: they are counted, not limited.
                counters.TryBeginConnection(cluster.Limits, force: true);
                CountedStream? counted = null;
                try
                {
                    var stream = await OpenAsync(
                        address,
                        cluster.ConnectTimeout,
                        settings,
                        TlsUse.Http2,
                        socket => counted = new CountedStream(socket, counters),
                        cancellation
                    );
                    endpoint.State.Principals = stream is SslStream encrypted ? settings.Tls!.PrincipalsOf(encrypted) : null;
                    return new GuardedStream(
                        new SettingsFirstStream(stream, cluster.ConnectTimeout),
                        Http2FloodLimits.Default,
                        counters,
                        TimeProvider.System
                    );
                }
                catch (UpstreamConnectException error)
                {
                    counters.ConnectFailed(error.TimedOut);
                    throw;
                }
                finally
                {
                    // From then on the stream gives the place back.
                    if (counted is null)
                    {
                        counters.EndConnection();
                    }
                }
            }
        );
    }

    private static async ValueTask<SslStream> EncryptAsync(
        NetworkStream stream,
        TlsClient tls,
        TlsUse use,
        bool limited,
        TimeSpan left,
        CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            if (limited)
            {
                limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }

            return await tls.AuthenticateAsync(stream, use, limit.Token);
        }
        catch (TlsException error)
        {
            await stream.DisposeAsync();
            throw new UpstreamConnectException(error.Message, error);
        }
        catch (OperationCanceledException timedOut) when (!cancellation.IsCancellationRequested)
        {
            await stream.DisposeAsync();
            throw new UpstreamConnectException("connection timeout", timedOut) { TimedOut = true };
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
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
