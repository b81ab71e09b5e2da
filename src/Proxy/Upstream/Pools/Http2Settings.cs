namespace Mesh.Proxy.Upstream.Pools;

/// <summary>What HTTP/2 connections are made with and bound to; others are never used for a request of this cluster. Equal by value.</summary>
/// <param name="MaxStreams">Requests at once on one connection.</param>
/// <param name="MaxRequests">Requests that one connection carries in its life.</param>
internal readonly record struct Http2Settings(
    TransportSettings Transport,
    TimeSpan ConnectTimeout,
    uint MaxStreams,
    uint MaxRequests,
    TimeSpan IdleTimeout,
    TimeSpan MaxConnectionDuration,
    TimeSpan PingInterval,
    TimeSpan PingTimeout
)
{
    public static Http2Settings Of(Cluster cluster, Endpoint endpoint)
    {
        var limits = cluster.Limits;
        return new(
            cluster.TransportOf(endpoint),
            cluster.ConnectTimeout,
            limits.MaxConcurrentStreams,
            limits.MaxRequestsPerConnection,
            limits.IdleTimeout,
            limits.MaxConnectionDuration,
            limits.PingInterval,
            limits.PingTimeout
        );
    }
}
