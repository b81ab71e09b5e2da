using Mesh.Http2;
using Mesh.Listening;
using Mesh.Proxy.Http;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy;

/// <summary>How much of its time and memory clients may take on the traffic ports.</summary>
internal sealed record TrafficLimits
{
    /// <summary>What <see cref="MaxConnections"/> is where nobody says otherwise.</summary>
    public static readonly int DefaultConnections = Math.Min(50_000, DescriptorLimit.OfProcess.ConnectionsOf(descriptors: 2));

    public static TrafficLimits Default { get; } = new();

    /// <summary>Bytes of a head, in requests and answers of both versions of HTTP; above it 431, or 502 where it is the answer. Default 61440 as Envoy, 1024 to 196608.</summary>
    public int MaxHeadBytes { get; init; } = TrafficDefaults.MaxHeadBytes;

    /// <summary>Header lines of a head; above it the same. Default 100 as Envoy, 10 to 1000.</summary>
    public int MaxHeaders { get; init; } = TrafficDefaults.MaxHeaderCount;

    /// <summary>
    /// Open connections of clients, both directions together; more are closed as they come. Default 50000, or less where the process may not have
    /// so many open files: each may need another connection to an upstream. 0 is no limit.
    /// </summary>
    public int MaxConnections { get; init; } = DefaultConnections;

    /// <summary>Streams that one HTTP/2 client may have open on one connection. Default 1024 as Envoy, 1 to 100000.</summary>
    public int MaxStreams { get; init; } = TrafficDefaults.MaxStreamsPerConnection;

    /// <summary>Frames without a use that an HTTP/2 client may send at once, and in ten seconds on and on. Default 1000; 0 is no limit.</summary>
    public int MaxControlFrames { get; init; } = Http2FloodLimits.Default.ControlFrames;

    /// <summary>Streams that an HTTP/2 client may reset right after opening them, unless they are less than half of all. Default 500 as Envoy; 0 is no limit.</summary>
    public int MaxEarlyResets { get; init; } = Http2FloodLimits.Default.Resets;

    /// <summary>A client that has begun a head must end it in so long, else 408. Default 1 min, at least 1 s.</summary>
    public TimeSpan RequestHeadTimeout { get; init; } = TrafficDefaults.RequestHeadTimeout;

    /// <summary>A client's connection without a request, and a tunnel in which nothing moves, is closed after so long. Default 1 h as Envoy, at least 1 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TrafficDefaults.IdleTimeout;

    /// <summary>
    /// A request in which nothing moves for so long is given up: 408 while the client's part is missing, else 504, flag SI (Envoy,
    /// stream_idle_timeout). A response of unknown length that has begun and that the client takes may rest, as server-sent events and gRPC
    /// streams do. Default 5 min as Envoy; 0 s is no limit.
    /// </summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    internal Http1Limits Http1 =>
        new()
        {
            HeadBytes = MaxHeadBytes,
            StartLineBytes = MaxHeadBytes,
            HeaderCount = MaxHeaders,
        };

    internal Http2FloodLimits Floods => new() { ControlFrames = MaxControlFrames, Resets = MaxEarlyResets };
}
