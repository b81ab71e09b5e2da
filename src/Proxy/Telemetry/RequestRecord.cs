using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// What happened to one request: filled while it runs, read once at its end by log and metrics, which therefore cannot disagree.
/// Pooled; <see cref="Reset"/> before reuse.
/// </summary>
internal sealed class RequestRecord
{
    /// <summary>Null for a TCP connection, which is one record too.</summary>
    public RequestHead? Head { get; set; }

    /// <summary>The configuration that served it.</summary>
    public ProxyConfig? Config { get; set; }

    public bool Inbound { get; set; }

    public RoutePlan Plan { get; set; }

    /// <summary>The cluster that was, or would have been, sent to.</summary>
    public Cluster? Cluster { get; set; }

    public Endpoint? Endpoint { get; set; }

    public Failure Failure { get; set; }

    /// <summary>What is to be said besides the failure: a delay, a retry that was not made.</summary>
    public ResponseFlags OtherFlags { get; set; }

    /// <summary>Envoy's response flags: the failure's and the others.</summary>
    public ResponseFlags Flags => FailureTable.Of(Failure).Flags | OtherFlags;

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

    /// <summary>Clock ticks when the last attempt began.</summary>
    public long AttemptTicks { get; set; }

    public int Attempts { get; set; }

    /// <summary>Why no connection to the endpoint came about; null otherwise.</summary>
    public string? ConnectError { get; set; }

    /// <summary>Envoy's response code details of an answer that a rule had this proxy give; null for other answers.</summary>
    public string? AnswerDetails { get; set; }

    /// <summary>Why this proxy ended a connection that is not HTTP; null where it did not.</summary>
    public string? TerminationDetails { get; set; }

    /// <summary>What policies about access found; all null for most requests.</summary>
    public AccessFindings Access { get; set; }

    public System.Net.IPEndPoint? DownstreamRemote { get; set; }

    public System.Net.IPEndPoint? DownstreamLocal { get; set; }

    public System.Net.IPEndPoint? UpstreamLocal { get; set; }

    /// <summary>SPIFFE id of the client: one that mutual TLS has verified, or our own where we showed it; null for others.</summary>
    public string? SourcePrincipal { get; set; }

    /// <summary>SPIFFE id of the server: our own where the client was shown it, or the endpoint's that mutual TLS has verified; null for others.</summary>
    public string? DestinationPrincipal { get; set; }

    /// <summary>What a TLS client asked for; null for others.</summary>
    public string? ServerName { get; set; }

    /// <summary>Where its connection came in, and between whom.</summary>
    public void CameBy(ConnectionTarget target)
    {
        Inbound = target.Inbound;
        DownstreamLocal = target.Local;
        DownstreamRemote = target.Remote;
        SourcePrincipal = target.SourcePrincipal;
        DestinationPrincipal = target.OwnPrincipal;
        ServerName = target.ServerName;
    }

    /// <summary>Another attempt: what the one before came to is forgotten.</summary>
    public void BeginAttempt()
    {
        Attempts++;
        StatusCode = 0;
        GrpcStatus = -1;
        UpstreamHeadTicks = 0;
        ConnectError = null;
    }

    /// <summary>An attempt reached its endpoint, or ended: who the two of them are.</summary>
    public void Know(TlsPrincipals? principals)
    {
        if (!Inbound)
        {
            SourcePrincipal = principals?.Own;
            DestinationPrincipal = principals?.Peer;
        }
    }

    public void Reset()
    {
        Head = null;
        Config = null;
        Inbound = false;
        Plan = default;
        Cluster = null;
        Endpoint = null;
        Failure = Failure.None;
        OtherFlags = ResponseFlags.None;
        StatusCode = 0;
        GrpcStatus = -1;
        RequestBytes = 0;
        ResponseBytes = 0;
        StartTime = default;
        StartTicks = 0;
        UpstreamHeadTicks = 0;
        EndTicks = 0;
        AttemptTicks = 0;
        Attempts = 0;
        ConnectError = null;
        AnswerDetails = null;
        TerminationDetails = null;
        Access = default;
        DownstreamRemote = null;
        DownstreamLocal = null;
        UpstreamLocal = null;
        ServerName = null;
        SourcePrincipal = null;
        DestinationPrincipal = null;
    }
}
