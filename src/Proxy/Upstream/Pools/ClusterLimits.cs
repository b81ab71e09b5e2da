namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// How much of a cluster may be used at once and how long its connections live: Envoy's circuit breakers and HttpProtocolOptions. Immutable;
/// what is counted against it lives in <see cref="ClusterCounters"/>.
/// </summary>
internal sealed record ClusterLimits
{
    public const uint Unlimited = uint.MaxValue;

    public static ClusterLimits None { get; } = new();

    /// <summary>Connections of the whole cluster, HTTP/1.1 and TCP; each endpoint may always have one. Default unlimited.</summary>
    public uint MaxConnections { get; init; } = Unlimited;

    /// <summary>HTTP/1.1 connections of each endpoint. Default unlimited.</summary>
    public uint MaxConnectionsPerEndpoint { get; init; } = Unlimited;

    /// <summary>Requests that wait for a connection, one that is being opened for them included. Default unlimited.</summary>
    public uint MaxPendingRequests { get; init; } = Unlimited;

    /// <summary>Requests in flight, whatever the protocol. Default unlimited.</summary>
    public uint MaxRequests { get; init; } = Unlimited;

    /// <summary>Retries in flight. Default unlimited.</summary>
    public uint MaxRetries { get; init; } = Unlimited;

    /// <summary>A connection is closed after so many requests. Default unlimited.</summary>
    public uint MaxRequestsPerConnection { get; init; } = Unlimited;

    /// <summary>A connection without a request is closed after so long. Default 1 h as Envoy; zero for never.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A connection takes no request so long after it was opened. Default zero: for ever.</summary>
    public TimeSpan MaxConnectionDuration { get; init; }

    /// <summary>Connections opened for each request that needs one, 1 to 3: above 1 some are opened ahead. Default 1 as Envoy.</summary>
    public double PreconnectRatio { get; init; } = 1;

    /// <summary>Requests at once on one HTTP/2 connection, where the endpoint does not allow fewer. Default unlimited.</summary>
    public uint MaxConcurrentStreams { get; init; } = Unlimited;

    /// <summary>An HTTP/2 connection is asked for a sign of life after so long without one, 1 s or more. Default zero: never.</summary>
    public TimeSpan PingInterval { get; init; }

    /// <summary>How long that sign may take before the connection is closed, 1 s or more; zero for the runtime's 20 s.</summary>
    public TimeSpan PingTimeout { get; init; }
}
