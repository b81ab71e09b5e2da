using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>One direction of traffic, inbound or outbound: its sockets, which follow the configuration, and what serves them.</summary>
internal sealed partial class TrafficSide(
    bool inbound,
    ProxyOptions options,
    ConnectionDispatcher dispatcher,
    HttpCodec codec,
    TcpProxy tcp,
    AcceptContext accepting,
    ILogger<TrafficSide> logger
) : IAsyncDisposable
{
    // By configured address; several listeners may share a name.
    private readonly Dictionary<IPEndPoint, ListeningSocket> _bound = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ListeningSocket? _capture;
    private ListeningSocket? _captureIpv6;
    private bool _draining;

    /// <summary>Where captured or addressed traffic arrives; null for inbound without capture.</summary>
    public IPEndPoint? CaptureEndPoint => _capture?.EndPoint;

    /// <exception cref="IOException">The capture port cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await codec.StartAsync(cancellation);
        if (inbound && options.Capture == CaptureMode.None)
        {
            return;
        }

        _capture = Capture(inbound ? options.Inbound : options.Outbound);
        // Outgoing connections are redirected to the loopback address of their own family.
        if (!inbound && options.Capture != CaptureMode.None && options.Outbound.Address.Equals(IPAddress.Loopback) && Socket.OSSupportsIPv6)
        {
            try
            {
                _captureIpv6 = Capture(new(IPAddress.IPv6Loopback, _capture.EndPoint.Port));
            }
            catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AddressNotAvailable })
            {
                // Switched off (sysctl disable_ipv6), as in many networks of pods: then nothing can be redirected there either.
            }
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

            var wanted = (inbound ? config.Inbound : config.Outbound).Bound;
            var addresses = wanted.Select(listener => listener.Address).ToHashSet();
            foreach (var (address, socket) in _bound.ToArray())
            {
                if (!addresses.Contains(address))
                {
                    _bound.Remove(address);
                    await socket.DisposeAsync();
                }
            }

            foreach (var listener in wanted)
            {
                if (!_bound.ContainsKey(listener.Address))
                {
                    Open(listener);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <param name="config">In force; null before there is any.</param>
    public void CloseExpired(ProxyConfig? config)
    {
        tcp.CloseExpired();
        if (inbound && config is not null)
        {
            // Again and again: some begin under one configuration and are under way when the next is in force.
            codec.DrainRefused(config);
            tcp.CloseRefused(config);
        }
    }

    /// <summary>Accepts no more, lets what is active finish, and cuts the rest when <paramref name="limit"/> is cancelled.</summary>
    public async Task DrainAsync(CancellationToken limit)
    {
        await CloseSocketsAsync();
        // First who has a request: whoever sees an idle connection close can rely on the others' being told.
        var http = codec.DrainAsync(limit);
        dispatcher.Stop();
        await Task.WhenAll(http, tcp.DrainAsync(limit));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseSocketsAsync();
        codec.Dispose();
        dispatcher.Dispose();
        _gate.Dispose();
    }

    private ListeningSocket Capture(IPEndPoint address)
    {
        try
        {
            return ListeningSocket.Open(
                address,
                socket => dispatcher.DispatchAsync(socket, bound: null),
                accepting,
                transparent: inbound && options.Capture == CaptureMode.Tproxy
            );
        }
        catch (SocketException error)
        {
            throw new IOException($"--{(inbound ? "inbound" : "outbound")} {address} cannot be listened on: {error.Message}", error);
        }
    }

    private void Open(ListenerConfig listener)
    {
        var configured = listener.Address;
        // Without capture each proxy stands on its node's own address, so that several can share a machine and a port.
        var address =
            inbound && options.Capture == CaptureMode.None && IsAny(configured.Address)
                ? new IPEndPoint(options.Node.Address, configured.Port)
                : configured;
        try
        {
            _bound.Add(configured, ListeningSocket.Open(address, socket => dispatcher.DispatchAsync(socket, configured), accepting));
        }
        catch (SocketException error)
        {
            CannotListen(listener.Name, address, error.SocketErrorCode.ToString(), error.NativeErrorCode);
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private async Task CloseSocketsAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _draining = true;
            foreach (var socket in _bound.Values)
            {
                await socket.DisposeAsync();
            }

            _bound.Clear();
            if (_capture is not null)
            {
                await _capture.DisposeAsync();
                _capture = null;
            }

            if (_captureIpv6 is not null)
            {
                await _captureIpv6.DisposeAsync();
                _captureIpv6 = null;
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
