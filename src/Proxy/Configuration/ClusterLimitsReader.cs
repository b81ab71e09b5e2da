using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Xds;
using HttpProtocolOptions = Mesh.Xds.Pb.Upstreams.HttpProtocolOptions;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: a cluster's circuit breakers, lifetimes of connections and keep-alives.</summary>
internal static class ClusterLimitsReader
{
    // Envoy's defaults where a cluster has no thresholds (circuit_breaker.proto); our control plane always sends them.
    private const uint DefaultLimit = 1024;
    private const uint DefaultRetries = 3;

    private static readonly TimeSpan LeastPing = TimeSpan.FromSeconds(1);

    public static ClusterLimits Read(Pb.Cluster cluster, ProblemList problems)
    {
        var breakers = cluster.CircuitBreakers;
        // The proxy knows one priority, so thresholds of HIGH are nobody's.
        var limits = breakers?.Thresholds.FirstOrDefault(one => one.Priority == Pb.RoutingPriority.Default);
        var endpoint = breakers?.PerHostThresholds.FirstOrDefault(one => one.Priority == Pb.RoutingPriority.Default);
        var options = Options(cluster, problems);
        var common = options?.CommonHttpProtocolOptions ?? cluster.CommonHttpProtocolOptions ?? new();
        var http2 = options?.ExplicitHttpConfig?.Http2ProtocolOptions ?? cluster.Http2ProtocolOptions;
        using var _ = problems.In("http_protocol_options");
        return new ClusterLimits
        {
            MaxConnections = limits?.MaxConnections ?? DefaultLimit,
            MaxConnectionsPerEndpoint = endpoint?.MaxConnections ?? ClusterLimits.Unlimited,
            MaxPendingRequests = limits?.MaxPendingRequests ?? DefaultLimit,
            MaxRequests = limits?.MaxRequests ?? DefaultLimit,
            MaxRetries = limits?.MaxRetries ?? DefaultRetries,
            MaxRequestsPerConnection = Positive(common.MaxRequestsPerConnection ?? cluster.MaxRequestsPerConnection),
            IdleTimeout = PbReading.Duration(common.IdleTimeout, ClusterLimits.None.IdleTimeout, "idle_timeout", problems),
            MaxConnectionDuration = PbReading.Duration(common.MaxConnectionDuration, TimeSpan.Zero, "max_connection_duration", problems),
            PreconnectRatio = Ratio(cluster.PreconnectPolicy?.PerUpstreamPreconnectRatio, problems),
            MaxConcurrentStreams = Positive(http2?.MaxConcurrentStreams),
            PingInterval = Ping(http2?.ConnectionKeepalive?.Interval, "connection_keepalive.interval", problems),
            PingTimeout = Ping(http2?.ConnectionKeepalive?.Timeout, "connection_keepalive.timeout", problems),
        };
    }

    public static TcpKeepalive? Keepalive(Pb.Cluster cluster) =>
        cluster.UpstreamConnectionOptions?.TcpKeepalive is { } sent
            ? new TcpKeepalive(Number(sent.KeepaliveProbes), Number(sent.KeepaliveTime), Number(sent.KeepaliveInterval))
            : null;

    private static HttpProtocolOptions? Options(Pb.Cluster cluster, ProblemList problems) =>
        cluster.TypedExtensionProtocolOptions.TryGetValue(ExtensionNames.UpstreamHttpProtocolOptions, out var any)
        // The reader of the protocol has said what is wrong with it.
        && PbReading.Is<HttpProtocolOptions>(any)
            ? PbReading.Unpack<HttpProtocolOptions>(any, "typed_extension_protocol_options", problems)
            : null;

    // Envoy: 0 requests per connection is no limit.
    private static uint Positive(uint? value) => value is > 0 ? value.Value : ClusterLimits.Unlimited;

    private static int? Number(uint? value) => value is > 0 and <= int.MaxValue ? (int)value.Value : null;

    // .NET pings by the second.
    private static TimeSpan Ping(Duration? value, string field, ProblemList problems)
    {
        var time = PbReading.Duration(value, TimeSpan.Zero, field, problems);
        return time > TimeSpan.Zero && time < LeastPing ? LeastPing : time;
    }

    private static double Ratio(double? value, ProblemList problems)
    {
        if (value is null or (>= 1 and <= 3))
        {
            return value ?? 1;
        }

        problems.Add("preconnect_policy.per_upstream_preconnect_ratio", $"is {value}, must be from 1 to 3");
        return 1;
    }
}
