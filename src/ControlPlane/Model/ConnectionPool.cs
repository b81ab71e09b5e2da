namespace Mesh.ControlPlane.Model;

/// <summary>Limits and time-outs of a cluster's connections; null is "not set".</summary>
internal sealed record ConnectionPool(
    int? MaxConnections,
    TimeSpan? ConnectTimeout,
    TimeSpan? TcpIdleTimeout,
    TimeSpan? MaxConnectionDuration,
    int? Http1MaxPendingRequests,
    int? Http2MaxRequests,
    int? MaxRequestsPerConnection,
    int? MaxRetries,
    TimeSpan? IdleTimeout,
    bool? UpgradeToHttp2,
    bool UseClientProtocol,
    TcpKeepalive? TcpKeepalive,
    int? MaxConcurrentStreams,
    Http2KeepAlive? Http2KeepAlive
);
