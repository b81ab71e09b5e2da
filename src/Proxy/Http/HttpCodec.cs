using System.Collections.Concurrent;
using System.Threading.Channels;
using Mesh.Http2;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Http;

/// <summary>
/// Carries the connections that the demultiplexer recognised as HTTP: HTTP/1.1 by our own codec, HTTP/2 by a Kestrel without sockets of its own, to
/// which they come in through a channel.
/// </summary>
internal sealed class HttpCodec : IDisposable
{
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly InProcessEndPoint _http2EndPoint = new("in-process-http2");
    private readonly KestrelServer _kestrel;
    private readonly TrafficApplication _application;
    private readonly Http1Codec _http1;
    private readonly Http2Heartbeat _heartbeat;

    // By id.
    private readonly ConcurrentDictionary<string, ConnectionContext> _open = new(StringComparer.Ordinal);

    public HttpCodec(
        TrafficApplication application,
        Http1Services http1,
        Http2FloodGuard guard,
        ClientMetrics metrics,
        RecordSink sink,
        ILoggerFactory loggers
    )
    {
        _http1 = new Http1Codec(http1);
        _heartbeat = new Http2Heartbeat(http1.Time);
        _application = application;
        var options = new KestrelServerOptions();
        TrafficDefaults.Apply(options, http1.Limits);
        options.Listen(
            _http2EndPoint,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(LeaveAtEnd);
                listen.Use(_heartbeat.Join);
                listen.Use(guard.Guard);
            }
        );
        var refusals = new Http2Refusals(
            id => _open.GetValueOrDefault(id)?.Features.Get<ConnectionTarget>(),
            http1.Store,
            metrics,
            sink,
            http1.Time
        );
        var factory = new InProcessListenerFactory(_ => _http2);
        _kestrel = new KestrelServer(Options.Create(options), factory, new KestrelLogs(loggers, refusals));
    }

    public Task StartAsync(CancellationToken cancellation) => _kestrel.StartAsync(_application, cancellation);

    /// <summary>Hands a connection over; false once the codec stops, and the connection is still the caller's.</summary>
    public bool TryTake(ConnectionContext connection, bool http2)
    {
        if (!http2)
        {
            return _http1.TryTake(connection);
        }

        var id = connection.ConnectionId;
        _open[id] = connection;
        connection.ConnectionClosed.UnsafeRegister(_ => _open.TryRemove(id, out ConnectionContext? _), null);
        return _http2.Writer.TryWrite(connection);
    }

    /// <summary>Ends the connections that the configuration does not take any more, each with the answers to its requests.</summary>
    public void DrainRefused(ProxyConfig config)
    {
        _http1.DrainRefused(config);
        foreach (var (_, connection) in _open)
        {
            if (connection.Features.Get<ConnectionTarget>()?.IsRefusedBy(config) == true)
            {
                connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }
        }
    }

    /// <summary>
    /// Takes no new connections, closes idle ones, lets active requests finish (<c>Connection: close</c>, GOAWAY), and cuts what is left
    /// when <paramref name="limit"/> is cancelled.
    /// </summary>
    public Task DrainAsync(CancellationToken limit) =>
        Task.WhenAll(_http1.DrainAsync(limit), _heartbeat.BeatAsync(_kestrel.StopAsync(limit)));

    public void Dispose() => _kestrel.Dispose();

    private static ConnectionDelegate LeaveAtEnd(ConnectionDelegate next) =>
        async connection =>
        {
            try
            {
                await next(connection);
            }
            finally
            {
                connection.Features.Get<ConnectionTarget>()?.Place?.Dispose();
            }
        };
}
