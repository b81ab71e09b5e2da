using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Grpc;

/// <summary>
/// The settings of a Kestrel server that serves gRPC: a web server's defaults close silent streams and cap bodies,
/// a gRPC server's must not. They hold for the whole server; end points choose HTTP/2 by themselves
/// (<c>listen.Protocols = HttpProtocols.Http2</c>).
/// </summary>
public sealed record GrpcKestrelLimits
{
    /// <summary>Streams open at once on one connection; default 1000, at least 1. One proxy has one stream, a busy client many.</summary>
    public int MaxStreamsPerConnection { get; init; } = 1000;

    /// <summary>Bytes a client may send ahead on one stream; default 1 MiB, range 65535 to 2147483647.</summary>
    public int InitialStreamWindowSize { get; init; } = 1024 * 1024;

    /// <summary>Bytes a client may send ahead on one connection; default 2 MiB, range 65535 to 2147483647.</summary>
    public int InitialConnectionWindowSize { get; init; } = 2 * 1024 * 1024;

    /// <summary>The largest HTTP/2 frame taken, in bytes; default 16384 (the protocol's), range 16384 to 16777215.</summary>
    public int MaxFrameSize { get; init; } = 16 * 1024;

    /// <summary>The largest single request header, in bytes; default 32 KiB, more than 0.</summary>
    public int MaxRequestHeaderFieldSize { get; init; } = 32 * 1024;

    /// <summary>All request headers together, in bytes; default 64 KiB, more than 0.</summary>
    public int MaxRequestHeadersTotalSize { get; init; } = 64 * 1024;

    /// <summary>Silence after which a PING asks whether the client still lives; default 30 s, at least 1 s, or TimeSpan.MaxValue for no pings.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a PING may take before the connection is closed; default 20 s, at least 1 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a connection without streams stays open; default 10 min, more than 0.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a client may take to send its request headers; default 30 s, more than 0.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sets every limit of <paramref name="kestrel"/> that touches gRPC.</summary>
    public void Apply(KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true; // a TLS-terminating proxy in front leaves :scheme as it was
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = null;
        limits.MaxRequestBodySize = null; // streams have no size; each message has its limit
        limits.MinRequestBodyDataRate = null; // streams are silent for hours
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = IdleTimeout;
        limits.RequestHeadersTimeout = RequestHeadersTimeout;
        limits.MaxRequestHeadersTotalSize = MaxRequestHeadersTotalSize;
        limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        limits.Http2.InitialStreamWindowSize = InitialStreamWindowSize;
        limits.Http2.InitialConnectionWindowSize = InitialConnectionWindowSize;
        limits.Http2.MaxFrameSize = MaxFrameSize;
        limits.Http2.MaxRequestHeaderFieldSize = MaxRequestHeaderFieldSize;
        limits.Http2.KeepAlivePingDelay = KeepAlivePingDelay;
        limits.Http2.KeepAlivePingTimeout = KeepAlivePingTimeout;
    }
}
