using System.Collections.Immutable;
using System.Globalization;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>What a DestinationRule, or nobody, sets for one cluster: as the proxy was told, each value with the field that asks for it.</summary>
internal sealed class DestinationSettings(OriginFinder origins, Pb.Cluster cluster)
{
    private const string Balancer = "loadBalancer";
    private const string Pool = "connectionPool";

    private readonly ImmutableArray<Setting>.Builder settings = ImmutableArray.CreateBuilder<Setting>();

    /// <param name="hashPolicies">Of the route: what a consistent hash is made from. Null for connections, for which nothing of HTTP counts.</param>
    public static ImmutableArray<Setting> Of(
        Pb.Cluster cluster,
        IReadOnlyCollection<Pb.RouteAction.Types.HashPolicy>? hashPolicies,
        OriginFinder origins
    )
    {
        var reader = new DestinationSettings(origins, cluster);
        if (origins.Subset(cluster) is { } subset)
        {
            reader.settings.Add(subset);
        }

        reader.Balancing(hashPolicies ?? []);
        if (hashPolicies is not null)
        {
            reader.Protocol();
        }

        reader.Limits(http: hashPolicies is not null);
        reader.Outliers();
        reader.Tls();
        return reader.settings.ToImmutable();
    }

    private void Balancing(IEnumerable<Pb.RouteAction.Types.HashPolicy> hashPolicies)
    {
        var hashed = cluster.LbPolicy is Pb.Cluster.Types.LbPolicy.RingHash or Pb.Cluster.Types.LbPolicy.Maglev;
        var by = string.Join("; ", hashed ? hashPolicies.Select(policy => MessageText.Of(policy)) : []);
        var name = cluster.LbPolicy switch
        {
            Pb.Cluster.Types.LbPolicy.LeastRequest => "LEAST_REQUEST",
            Pb.Cluster.Types.LbPolicy.RoundRobin => "ROUND_ROBIN",
            Pb.Cluster.Types.LbPolicy.Random => "RANDOM",
            Pb.Cluster.Types.LbPolicy.RingHash => "ring hash",
            Pb.Cluster.Types.LbPolicy.Maglev => "Maglev hash",
            Pb.Cluster.Types.LbPolicy.ClusterProvided => "none: goes where the client was going",
            _ => MessageText.Of(cluster.LoadBalancingPolicy ?? new()),
        };
        var isDefault = cluster.LbPolicy is Pb.Cluster.Types.LbPolicy.LeastRequest or Pb.Cluster.Types.LbPolicy.ClusterProvided;
        Add("balancer", by.Length > 0 ? $"{name}, {by}" : name, Balancer, isDefault, "simple", "consistentHash");
        if ((cluster.LeastRequestLbConfig?.SlowStartConfig ?? cluster.RoundRobinLbConfig?.SlowStartConfig) is { } warmup)
        {
            Add("warm-up", MessageText.Of(warmup), Balancer, false, "warmup", "warmupDurationSecs");
        }

        if (
            cluster.CommonLbConfig is
            { LocalityConfigSpecifierCase: not Pb.Cluster.Types.CommonLbConfig.LocalityConfigSpecifierOneofCase.None } common
        )
        {
            Add("localities", MessageText.Of(common, "healthyPanicThreshold"), Balancer, false, "localityLbSetting", "zoneAwareLbSetting");
        }
    }

    private void Protocol()
    {
        var options = HttpOptions();
        var protocol =
            options?.ExplicitHttpConfig?.Http2ProtocolOptions is not null ? "HTTP/2"
            : options?.UseDownstreamProtocolConfig is not null ? "as the client's"
            : options?.ExplicitHttpConfig is not null ? "HTTP/1.1"
            : null;
        if (protocol is null)
        {
            return;
        }

        var origin = origins.Policy(cluster, Pool, isDefault: true, "http.h2UpgradePolicy", "http.useClientProtocol");
        settings.Add(new("protocol", protocol, origin == Origin.Default ? new("the service's port", null, null, null) : origin));
        if (options?.ExplicitHttpConfig?.Http2ProtocolOptions is { } http2 && MessageText.Of(http2) is { Length: > 0 } text)
        {
            Add("HTTP/2", text, Pool, false, "http.maxConcurrentStreams", "http.http2KeepAlive");
        }
    }

    private void Limits(bool http)
    {
        // Ten seconds is the mesh's default; another value can only be a rule's.
        Add(
            "connect timeout",
            MessageText.Of(cluster.ConnectTimeout),
            Pool,
            cluster.ConnectTimeout?.ToTimeSpan() == TimeSpan.FromSeconds(10),
            "tcp.connectTimeout"
        );
        var limits = cluster.CircuitBreakers?.Thresholds.FirstOrDefault();
        Limit("max connections", limits?.MaxConnections, "tcp.maxConnections");
        var common = HttpOptions()?.CommonHttpProtocolOptions;
        if (http)
        {
            Limit("max pending requests", limits?.MaxPendingRequests, "http.http1MaxPendingRequests");
            Limit("max requests", limits?.MaxRequests, "http.http2MaxRequests");
            Limit("max retries", limits?.MaxRetries, "http.maxRetries");
            var budget = limits?.RetryBudget;
            Add(
                "retry budget",
                budget is null ? "20 % of the requests of 10s, and 3" : MessageText.Of(budget),
                "retryBudget",
                budget is null
            );
            Limit("max requests per connection", common?.MaxRequestsPerConnection, "http.maxRequestsPerConnection");
        }

        Add(
            "idle timeout",
            common?.IdleTimeout is { } idle ? MessageText.Of(idle) : "1h",
            Pool,
            common?.IdleTimeout is null,
            http ? ["http.idleTimeout", "tcp.idleTimeout"] : ["tcp.idleTimeout"]
        );
        if (common?.MaxConnectionDuration is { } duration)
        {
            Add("max connection duration", MessageText.Of(duration), Pool, false, "tcp.maxConnectionDuration");
        }

        if (cluster.UpstreamConnectionOptions?.TcpKeepalive is { } keepAlive)
        {
            Add("TCP keep-alive", MessageText.Of(keepAlive), Pool, false, "tcp.tcpKeepalive");
        }
    }

    private void Limit(string name, uint? value, string field)
    {
        var none = value is null or 0 or uint.MaxValue;
        Add(name, none ? "no limit" : value!.Value.ToString(CultureInfo.InvariantCulture), Pool, none, field);
    }

    private void Outliers()
    {
        var detection = cluster.OutlierDetection;
        Add("outlier detection", detection is null ? "off" : MessageText.Of(detection), "outlierDetection", detection is null);
        if (detection is not null)
        {
            var panic = cluster.CommonLbConfig?.HealthyPanicThreshold?.Value ?? 0;
            Add("panic below", $"{panic:0.###} % healthy", "outlierDetection", panic == 0, "minHealthPercent");
            if (
                cluster.Metadata?.FilterMetadata.TryGetValue("mesh.extensions", out var extensions) == true
                && extensions.Fields.TryGetValue("outlier_detection", out var more)
            )
            {
                // What the public API has no field for.
                Add("outlier detection, more", MessageText.Of(more.StructValue), "outlierDetection", false);
            }
        }
    }

    private void Tls()
    {
        var socket = cluster.TransportSocket ?? cluster.TransportSocketMatches.FirstOrDefault()?.TransportSocket;
        var text =
            socket?.TypedConfig is { } config && config.TryUnpack<Pb.UpstreamTlsContext>(out var tls) ? Describe(tls)
            : socket is null ? "none"
            : socket.Name;
        Add("TLS", text, "tls", socket is null, "mode");
    }

    private static string Describe(Pb.UpstreamTlsContext tls)
    {
        var common = tls.CommonTlsContext;
        var mode =
            common?.TlsCertificateSdsSecretConfigs.Count > 0 ? "mesh certificate"
            : common?.TlsCertificates.Count > 0 ? "client certificate"
            : "without client certificate";
        return tls.Sni.Length > 0 ? $"{mode}, server name {tls.Sni}" : mode;
    }

    private Pb.Upstreams.HttpProtocolOptions? HttpOptions() =>
        cluster.TypedExtensionProtocolOptions.TryGetValue(ExtensionNames.UpstreamHttpProtocolOptions, out var any)
        && any.TryUnpack<Pb.Upstreams.HttpProtocolOptions>(out var options)
            ? options
            : null;

    private void Add(string name, string value, string block, bool isDefault, params ReadOnlySpan<string> fields) =>
        settings.Add(new(name, value, origins.Policy(cluster, block, isDefault, fields)));
}
