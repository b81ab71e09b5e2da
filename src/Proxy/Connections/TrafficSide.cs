using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>One direction of traffic, inbound or outbound: its sockets, which follow the configuration, and what serves them.</summary>
internal sealed partial class TrafficSide(
    bool inbound,
    ProxyOptions options,
    IConnectionListenerFactory transport,
    ConnectionDispatcher dispatcher,
    HttpCodec codec,
    TcpProxy tcp,
    ILogger<TrafficSide> logger
) : IAsyncDisposable
{
    private readonly Dictionary<string, (ListeningSocket Socket, IPEndPoint Address)> _bound = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ListeningSocket? _capture;
    private bool _draining;

    /// <summary>Where captured or addressed traffic arrives; null for inbound without capture.</summary>
    public IPEndPoint? CaptureEndPoint => _capture?.EndPoint;

    /// <exception cref="IOException">The capture port cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await codec.StartAsync(cancellation);
        if (!inbound || options.Capture == CaptureMode.Redirect)
        {
            _capture = await ListeningSocket.OpenAsync(
                transport,
                inbound ? options.Inbound : options.Outbound,
                connection => dispatcher.DispatchAsync(connection, bound: null),
                logger
            );
        }
    }

    /// <summary>Opens the sockets that the configuration asks for and closes those it no longer has; connections stay.</summary>
    public async Task FollowAsync(ProxyConfig config)
    {
        await _gate.WaitAsync();
        try
        {
            if (_draining)
            {
                return;
            }

            var wanted = Wanted(config);
            foreach (var (name, (socket, address)) in _bound.ToArray())
            {
                if (!wanted.TryGetValue(name, out var now) || !now.Equals(address))
                {
                    _bound.Remove(name);
                    await socket.DisposeAsync();
                }
            }

            foreach (var (name, address) in wanted)
            {
                if (!_bound.ContainsKey(name))
                {
                    await OpenAsync(name, address);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public IPEndPoint? BoundEndPoint(string listener) => _bound.TryGetValue(listener, out var bound) ? bound.Socket.EndPoint : null;

    public void CloseIdle(TimeSpan idle) => tcp.CloseIdle(idle);

    /// <summary>Accepts no more, lets what is active finish, and cuts the rest when <paramref name="limit"/> is cancelled.</summary>
    public async Task DrainAsync(CancellationToken limit)
    {
        await CloseSocketsAsync();
        dispatcher.Stop();
        await Task.WhenAll(codec.DrainAsync(limit), tcp.DrainAsync(limit));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseSocketsAsync();
        codec.Dispose();
        dispatcher.Dispose();
        _gate.Dispose();
    }

    private Dictionary<string, IPEndPoint> Wanted(ProxyConfig config)
    {
        var wanted = new Dictionary<string, IPEndPoint>(StringComparer.Ordinal);
        if (inbound && options.Capture == CaptureMode.Redirect)
        {
            return wanted;
        }

        foreach (var listener in (inbound ? config.Inbound : config.Outbound).Bound)
        {
            wanted[listener.Name] = inbound ? new IPEndPoint(options.Node.Address, listener.Address.Port) : listener.Address;
        }

        return wanted;
    }

    private async Task OpenAsync(string name, IPEndPoint address)
    {
        try
        {
            var socket = await ListeningSocket.OpenAsync(
                transport,
                address,
                connection => dispatcher.DispatchAsync(connection, name),
                logger
            );
            _bound.Add(name, (socket, address));
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            var socketError = error as SocketException ?? error.InnerException as SocketException;
            CannotListen(name, address, socketError?.SocketErrorCode.ToString() ?? error.Message, socketError?.NativeErrorCode ?? 0);
        }
    }

    private async Task CloseSocketsAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _draining = true;
            foreach (var (socket, _) in _bound.Values)
            {
                await socket.DisposeAsync();
            }

            _bound.Clear();
            if (_capture is not null)
            {
                await _capture.DisposeAsync();
                _capture = null;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "Listener {Listener} cannot listen on {Address}: {Reason} (errno {Errno}); its port gets no traffic until a later configuration can bind it"
    )]
    private partial void CannotListen(string listener, IPEndPoint address, string reason, int errno);
}
