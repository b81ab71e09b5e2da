using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>Hand-built configurations.</summary>
internal static class TestConfig
{
    public static WorkloadInfo Self { get; } = new("productpage-v1", "default", "productpage", "v1", "Kubernetes");

    public static WorkloadInfo Reviews { get; } = new("reviews-v1", "default", "reviews", "v1", "Kubernetes");

    public static Cluster Cluster(
        IPEndPoint? address,
        UpstreamProtocol protocol = UpstreamProtocol.Http1,
        ClusterKind kind = ClusterKind.Endpoints,
        string name = "outbound|9080||reviews.default.svc.cluster.local",
        EndpointState? state = null,
        TimeSpan? connectTimeout = null,
        ClusterLimits? limits = null,
        TransportSettings? transport = null
    )
    {
        ImmutableArray<Endpoint> endpoints = address is null
            ? []
            :
            [
                new Endpoint
                {
                    Address = address,
                    Weight = 1,
                    Workload = Reviews,
                    State = state ?? new EndpointState(),
                },
            ];
        return new Cluster
        {
            Name = name,
            ServiceHost = "reviews.default.svc.cluster.local",
            Kind = kind,
            Protocol = protocol,
            ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(10),
            Limits = limits ?? ClusterLimits.None,
            Transport = transport ?? TransportSettings.Plain,
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            State = new ClusterState(),
        };
    }

    public static WeightedDestinations To(Cluster? cluster) => new([Destination(cluster)], new PickState());

    public static WeightedDestination Destination(Cluster? cluster) =>
        new()
        {
            ClusterName = cluster?.Name ?? "outbound|9080|gone|reviews.default.svc.cluster.local",
            Cluster = cluster,
            Weight = 1,
        };

    public static Rule Forward(Cluster? cluster, TimeSpan timeout = default) =>
        Rule(new RuleAction.Forward { Destinations = To(cluster), Timeout = timeout });

    public static Rule Rule(RuleAction action, string? prefix = null, HeaderEdits? request = null, HeaderEdits? response = null) =>
        new()
        {
            Name = "default",
            Conditions = prefix is null ? RouteConditions.Any : new RouteConditions(new PathCondition(PathMatchKind.Prefix, prefix)),
            Action = action,
            RequestEdits = request ?? HeaderEdits.None,
            ResponseEdits = response ?? HeaderEdits.None,
        };

    public static RouteTable Routes(params Rule[] rules) =>
        RouteTable.Create(
            "9080",
            "v1",
            [
                new VirtualHost
                {
                    Name = "all",
                    Domains = ["*"],
                    Rules = [.. rules],
                },
            ]
        );

    /// <summary>Every authority on the outbound port goes by these rules.</summary>
    public static ProxyConfig Outbound(params Rule[] rules) => Config(byAuthority: Routes(rules));

    public static ListenerConfig Listener(
        IPEndPoint address,
        RouteTable? http = null,
        WeightedDestinations? tcp = null,
        string? name = null,
        bool inbound = false
    ) =>
        new()
        {
            Name = name ?? address.ToString(),
            Inbound = inbound,
            Address = address,
            Http = http,
            Tcp = tcp,
        };

    public static ProxyConfig Config(
        RouteTable? byAuthority = null,
        IEnumerable<ListenerConfig>? outbound = null,
        IEnumerable<ListenerConfig>? inbound = null,
        IEnumerable<Cluster>? clusters = null,
        string version = "1",
        ChainSecurity? security = null
    ) =>
        new()
        {
            Version = version,
            Self = Self,
            Outbound = Table(outbound, byAuthority, security),
            Inbound = Table(inbound, null, null),
            Clusters = (clusters ?? []).ToFrozenDictionary(cluster => cluster.Name),
        };

    private static ListenerTable Table(IEnumerable<ListenerConfig>? bound, RouteTable? byAuthority, ChainSecurity? security) =>
        new()
        {
            ByAddress = FrozenDictionary<IPEndPoint, ListenerConfig>.Empty,
            ByPort = FrozenDictionary<int, ListenerConfig>.Empty,
            Default = null,
            Bound = [.. bound ?? []],
            ByAuthority = byAuthority,
            AuthoritySecurity = security ?? ChainSecurity.None,
        };
}
