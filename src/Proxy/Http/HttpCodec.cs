using System.Threading.Channels;
using Mesh.Proxy.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Http;

/// <summary>
/// Kestrel without sockets of its own: HTTP/1.1 and HTTP/2 connections that the demultiplexer recognised come in through a channel each.
/// </summary>
internal sealed class HttpCodec : IDisposable
{
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly InProcessEndPoint _http1EndPoint = new("in-process-http1");
    private readonly InProcessEndPoint _http2EndPoint = new("in-process-http2");
    private readonly KestrelServer _kestrel;
    private readonly TrafficApplication _application;
    private readonly Http1Codec _http1Codec;

    public HttpCodec(TrafficApplication application, Func<Action<ConnectionContext>, Http1Services> http1, ILoggerFactory loggers)
    {
        _http1Codec = new Http1Codec(http1(TakeOver));
        _application = application;
        var options = new KestrelServerOptions();
        TrafficDefaults.Apply(options);
        options.Listen(_http1EndPoint, static listen => listen.Protocols = HttpProtocols.Http1);
        options.Listen(_http2EndPoint, static listen => listen.Protocols = HttpProtocols.Http2);
        var factory = new InProcessListenerFactory(endPoint => endPoint == _http2EndPoint ? _http2 : _http1);
        _kestrel = new KestrelServer(Options.Create(options), factory, new KestrelLogs(loggers));
    }

    public Task StartAsync(CancellationToken cancellation) => _kestrel.StartAsync(_application, cancellation);

    /// <summary>Hands a connection over; false once the codec stops, and the connection is still the caller's.</summary>
    public bool TryTake(ConnectionContext connection, bool http2) =>
        http2 ? _http2.Writer.TryWrite(connection) : _http1Codec.TryTake(connection);

    /// <summary>
    /// Takes no new connections, closes idle ones, lets active requests finish (<c>Connection: close</c>, GOAWAY), and cuts what is left
    /// when <paramref name="limit"/> is cancelled.
    /// </summary>
    public Task DrainAsync(CancellationToken limit) => Task.WhenAll(_http1Codec.DrainAsync(limit), _kestrel.StopAsync(limit));

    public void Dispose() => _kestrel.Dispose();

    private void TakeOver(ConnectionContext connection)
    {
        if (!_http1.Writer.TryWrite(connection))
        {
            connection.Abort();
        }
    }
}
