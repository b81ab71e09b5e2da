using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Http;

/// <summary>
/// The one place where a default of Kestrel, YARP, SocketsHttpHandler or the socket transport that would change traffic is set. A web
/// server protects an application and knows its methods; a proxy carries what both sides agreed on. Each line has its test.
/// </summary>
internal static class TrafficDefaults
{
    /// <summary>Heads larger than this are answered 431; Envoy's default <c>max_request_headers_kb</c>, for requests and responses, HTTP/1.1 and HTTP/2.</summary>
    public const int MaxHeadBytes = 60 * 1024;

    /// <summary>The most that <see cref="TrafficLimits.MaxHeadBytes"/> can be.</summary>
    public static int LargestHeadBytes => 192 * 1024;

    /// <summary>Envoy's default <c>max_headers_count</c>.</summary>
    public const int MaxHeaderCount = 100;

    /// <summary>Streams one HTTP/2 client may have open on one connection; Envoy's default.</summary>
    public const int MaxStreamsPerConnection = 1024;

    private const int StreamWindow = 256 * 1024;
    private const int ConnectionWindow = 1024 * 1024;
    private const int SocketBuffer = 256 * 1024;

    /// <summary>Connections without a request (HTTP) or a byte (TCP) for so long are closed, on both sides; Envoy's default of 1 h.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    // A client that began a request has so long to finish its head. Envoy has no limit; without one, a thousand half-open heads hold
    // a thousand connections for good.
    public static readonly TimeSpan RequestHeadTimeout = TimeSpan.FromMinutes(1);

    /// <summary>A draining proxy waits so long for a request on a connection that has none, because it may be on its way.</summary>
    public static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What a client goes on sending after an answer that ends its connection is read for so long: closing with bytes unread would reset the
    /// connection and could destroy the answer (RFC 9112 section 9.6). Envoy's delayed_close_timeout.
    /// </summary>
    public static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    /// <summary>An upstream that has answered has so long to take the last piece of a request that has come whole.</summary>
    public static readonly TimeSpan UploadGrace = TimeSpan.FromMilliseconds(50);

    /// <summary>How long an upstream may take to say <c>100 Continue</c> before the body is sent anyway (RFC 9110 10.1.1).</summary>
    public static readonly TimeSpan ContinueTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A client has so long for its ClientHello and for TLS's handshake; Envoy's default for listener filters.</summary>
    public static readonly TimeSpan TlsHandshakeTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Interim answers (1xx) of one exchange; an upstream that sends more of them does not come to its point.</summary>
    public const int MostInterimAnswers = 100;

    private const double SlowestBytesPerSecond = 240;

    // The server looks at its clock once a second.
    private static readonly TimeSpan LeastGrace = TimeSpan.FromSeconds(2);

    // The runtime's own.
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    // The version is chosen per cluster; neither side may fall back to another one behind our back.
    private static readonly ForwarderRequestConfig ToHttp1 = Forward(HttpVersion.Version11);
    private static readonly ForwarderRequestConfig ToHttp2 = Forward(HttpVersion.Version20);

    public static ForwarderRequestConfig Forwarder(bool http2) => http2 ? ToHttp2 : ToHttp1;

    public static void Apply(KestrelServerOptions options, TrafficLimits most)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        // Header values are bytes; Latin-1 is the encoding that loses none (UTF-8, the default, turns 0xE9 into U+FFFD).
        // Content-Length is digits: Kestrel's own reading answers 400 to what is none, its custom-encoding one throws on more than 20 bytes.
        options.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? null : Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        // gRPC and others send :scheme https to a proxy that they reach in the clear.
        options.AllowAlternateSchemes = true;
        // RFC 9112 3.2.2: the authority of an absolute target wins over Host. Kestrel would answer 400 to the difference.
        options.AllowHostHeaderOverride = true;
        options.AllowResponseHeaderCompression = true;

        var limits = options.Limits;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        // What an answer that has ended here still holds is the server's; who takes nothing of it for longer than a stream may idle loses the
        // connection. It does not look at streams that have nothing to send, or whose client keeps up.
        limits.MinResponseDataRate =
            most.StreamIdleTimeout > TimeSpan.Zero ? new MinDataRate(SlowestBytesPerSecond, Max(most.StreamIdleTimeout, LeastGrace)) : null;
        limits.MaxRequestLineSize = most.MaxHeadBytes;
        limits.MaxRequestHeadersTotalSize = most.MaxHeadBytes;
        limits.MaxRequestHeaderCount = most.MaxHeaders;
        limits.MaxRequestBufferSize = ConnectionWindow;
        // What a stream whose window is shut can hold of an answer that has ended here.
        limits.MaxResponseBufferSize = 16 * 1024;
        limits.KeepAliveTimeout = most.IdleTimeout;
        limits.RequestHeadersTimeout = most.RequestHeadTimeout;
        limits.MaxConcurrentConnections = null;
        limits.MaxConcurrentUpgradedConnections = null;

        limits.Http2.MaxStreamsPerConnection = most.MaxStreams;
        // Over it Kestrel ends the whole connection; over the total it answers 431 to the one stream, and up to twice the total it waits
        // for the end of the head to do so.
        limits.Http2.MaxRequestHeaderFieldSize = 2 * most.MaxHeadBytes;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        limits.Http2.MaxFrameSize = 16 * 1024;
        limits.Http2.HeaderTableSize = 4096;
        // Pings would keep alive what the idle timeout should close, and some peers punish them.
        limits.Http2.KeepAlivePingDelay = Timeout.InfiniteTimeSpan;
    }

    public static SocketConnectionFactoryOptions Sockets() =>
        new()
        {
            MaxReadBufferSize = SocketBuffer,
            MaxWriteBufferSize = 64 * 1024,
            WaitForDataBeforeAllocatingBuffer = true,
            // Only HTTP/2 comes this way. Inline, each write would go out at once and by itself; behind a switch of threads those of many streams share
            // one, which is a fifth of a request's CPU at 128 streams.
            UnsafePreferInlineScheduling = false,
        };

    /// <summary>A handler for copies of requests, whose answers nobody waits for.</summary>
    /// <param name="most">Connections to one endpoint.</param>
    public static SocketsHttpHandler MirrorHandler(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect,
        int most,
        TimeSpan idle
    ) =>
        new()
        {
            ConnectCallback = connect,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = most,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = idle,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        };

    /// <summary>A handler that sends what it is given over HTTP/2 to whatever <paramref name="connect"/> dials.</summary>
    public static SocketsHttpHandler Http2Handler(
        ClusterLimits limits,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect
    ) =>
        new()
        {
            ConnectCallback = connect,
            // The callback has its own limit, the cluster's, which may change while the handler lives.
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            Proxy = null,
            Credentials = null,
            PreAuthenticate = false,
            // The mesh's trace headers are the application's; .NET's own must not replace them.
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = int.MaxValue,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindow,
            // The most that --max-head-bytes can be; what is less is looked at afterwards.
            MaxResponseHeadersLength = LargestHeadBytes / 1024,
            // An answered request whose body nobody wants any more: reading a little on is cheaper than a new connection.
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionIdleTimeout = OrNever(limits.IdleTimeout),
            PooledConnectionLifetime = OrNever(limits.MaxConnectionDuration),
            KeepAlivePingDelay = OrNever(limits.PingInterval),
            KeepAlivePingTimeout = limits.PingTimeout > TimeSpan.Zero ? limits.PingTimeout : PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            // Bytes, as towards clients.
            RequestHeaderEncodingSelector = Http2Sending.EncodingOf,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        };

    public static Socket ClientSocket(AddressFamily family) => new(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>A URI's path is sent as it came: no dot segments removed, nothing decoded or encoded, no fragment cut off.</summary>
    public static UriCreationOptions RawPath => new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan OrNever(TimeSpan time) => time > TimeSpan.Zero ? time : Timeout.InfiniteTimeSpan;

    private static ForwarderRequestConfig Forward(Version version) =>
        new()
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            // YARP cancels after 100 s without a byte; streams may rest longer, and routes have their own timeout.
            ActivityTimeout = Timeout.InfiniteTimeSpan,
            AllowResponseBuffering = false,
        };
}
