using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// What happened to one request: filled while it runs, read once at its end by log and metrics, which therefore cannot disagree.
/// Pooled; <see cref="Reset"/> before reuse.
/// </summary>
internal sealed class RequestRecord
{
    public RequestHead? Head { get; set; }

    /// <summary>The configuration that served it.</summary>
    public ProxyConfig? Config { get; set; }

    public ListenerConfig? Listener { get; set; }

    public bool Inbound { get; set; }

    public RoutePlan Plan { get; set; }

    public Endpoint? Endpoint { get; set; }

    public Failure Failure { get; set; }

    /// <summary>What was sent to the client; 0 where nothing was.</summary>
    public int StatusCode { get; set; }

    /// <summary>-1 where the answer was not gRPC.</summary>
    public int GrpcStatus { get; set; } = -1;

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>Wall clock of the first byte, UTC.</summary>
    public DateTimeOffset StartTime { get; set; }

    /// <summary>Clock ticks (TimeProvider) at start, at the upstream's response head, and at the end.</summary>
    public long StartTicks { get; set; }

    public long UpstreamHeadTicks { get; set; }

    public long EndTicks { get; set; }

    public int Attempts { get; set; }

    public System.Net.IPEndPoint? DownstreamRemote { get; set; }

    public System.Net.IPEndPoint? DownstreamLocal { get; set; }

    public System.Net.IPEndPoint? UpstreamLocal { get; set; }

    public void Reset()
    {
        Head = null;
        Config = null;
        Listener = null;
        Inbound = false;
        Plan = default;
        Endpoint = null;
        Failure = Failure.None;
        StatusCode = 0;
        GrpcStatus = -1;
        RequestBytes = 0;
        ResponseBytes = 0;
        StartTime = default;
        StartTicks = 0;
        UpstreamHeadTicks = 0;
        EndTicks = 0;
        Attempts = 0;
        DownstreamRemote = null;
        DownstreamLocal = null;
        UpstreamLocal = null;
    }
}
