namespace Mesh.Config.Specs;

/// <summary>Limits of HTTP requests; not positive numbers mean no limit.</summary>
public sealed record HttpPoolSpec
{
    /// <summary>Most requests waiting for a connection.</summary>
    public int? Http1MaxPendingRequests { get; init; }

    /// <summary>Most requests in flight.</summary>
    public int? Http2MaxRequests { get; init; }

    /// <summary>Requests after which a connection is closed.</summary>
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>Most retries in flight.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Idle time after which a connection is closed; absent means 1 h, zero means never.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Upgrade to HTTP/2.</summary>
    public H2UpgradePolicy? H2UpgradePolicy { get; init; }

    /// <summary>Speak upstream what the client speaks.</summary>
    public bool UseClientProtocol { get; init; }

    /// <summary>Most streams of one HTTP/2 connection.</summary>
    public int? MaxConcurrentStreams { get; init; }

    /// <summary>HTTP/2 PING keep-alive.</summary>
    public Http2KeepAliveSpec? Http2KeepAlive { get; init; }
}
