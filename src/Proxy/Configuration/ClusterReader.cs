using System.Collections.Immutable;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using HttpProtocolOptions = Mesh.Xds.Pb.Upstreams.HttpProtocolOptions;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a CDS resource means to this proxy, or every reason why it cannot be used.</summary>
internal static class ClusterReader
{
    // Envoy's default (cluster.proto, connect_timeout).
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    // Of ours: connections that are not HTTP mean the very endpoint that they dial.
    private const string DialedEndpoint = "dialed_endpoint";

    public static ClusterSettings Read(Pb.Cluster cluster, ProblemList problems)
    {
        var named = ClusterName.TryParse(cluster.Name, out var name);
        var kind = Kind(cluster, named && name.Direction == TrafficDirection.Inbound, problems);
        var endpoints = ImmutableArray<EndpointSettings>.Empty;
        if (cluster.LoadAssignment is { } assignment && kind is ClusterKind.Dns or ClusterKind.Endpoints)
        {
            using var inAssignment = problems.In("load_assignment");
            endpoints = EndpointReader.Read(assignment, kind == ClusterKind.Dns, problems);
        }

        var transport = TransportReader.Read(cluster, ClusterLimitsReader.Keepalive(cluster), problems);
        if (transport is null)
        {
            kind = ClusterKind.BlackHole;
        }

        var timeout = PbReading.Duration(cluster.ConnectTimeout, DefaultConnectTimeout, "connect_timeout", problems);
        if (timeout == TimeSpan.Zero)
        {
            problems.Add("connect_timeout", "must be greater than 0");
        }

        var isEds = kind == ClusterKind.Endpoints && cluster.Type == Pb.Cluster.Types.DiscoveryType.Eds;
        return new ClusterSettings
        {
            Name = cluster.Name,
            ServiceHost = named && name.Host.Length > 0 ? name.Host : PbReading.ServiceHost(cluster.Metadata),
            Kind = kind,
            Protocol = Protocol(cluster, problems),
            ConnectTimeout = timeout,
            Limits = ClusterLimitsReader.Read(cluster, problems),
            Transport = transport ?? TransportPlan.Plain,
            Balancing = BalancerReader.Read(cluster, problems),
            EndpointsName =
                !isEds ? null
                : cluster.EdsClusterConfig is { ServiceName.Length: > 0 } eds ? eds.ServiceName
                : cluster.Name,
            GoesWhereDialed = PbReading.Extension(cluster.Metadata, DialedEndpoint) is not null,
            Endpoints = endpoints,
            Outliers = OutlierReader.Policy(cluster, problems),
            RetryBudget = RetryBudgetReader.Read(cluster, problems),
            PanicThreshold = OutlierReader.PanicThreshold(cluster, problems),
            ApplicationPort = named ? name.Port : 0,
            OneAddressPerName = cluster.Type == Pb.Cluster.Types.DiscoveryType.LogicalDns,
            Family = cluster.DnsLookupFamily,
        };
    }

    public static IEnumerable<ResourceRef> References(ClusterSettings settings) =>
        settings.EndpointsName is { } name
            ? [new ResourceRef(TypeUrls.Endpoints, name)]
            : settings.Endpoints.Where(e => e.Address is null).Select(e => new ResourceRef(ResourceRef.DnsName, e.Host));

    private static ClusterKind Kind(Pb.Cluster cluster, bool inbound, ProblemList problems)
    {
        if (cluster.ClusterDiscoveryTypeCase == Pb.Cluster.ClusterDiscoveryTypeOneofCase.ClusterType)
        {
            problems.Add("cluster_type", $"'{cluster.ClusterType.Name}' is not supported");
            return ClusterKind.BlackHole;
        }

        switch (cluster.Type)
        {
            case Pb.Cluster.Types.DiscoveryType.Static:
                return cluster.Name == ResourceNames.BlackHole ? ClusterKind.BlackHole
                    : inbound ? ClusterKind.Application
                    : ClusterKind.Endpoints;
            case Pb.Cluster.Types.DiscoveryType.Eds:
                if (cluster.EdsClusterConfig?.EdsConfig is { } source && source.Ads is null && source.Self is null)
                {
                    problems.Add("eds_cluster_config.eds_config", "must be ads or self");
                }

                return ClusterKind.Endpoints;
            case Pb.Cluster.Types.DiscoveryType.StrictDns:
            case Pb.Cluster.Types.DiscoveryType.LogicalDns:
                return ClusterKind.Dns;
            case Pb.Cluster.Types.DiscoveryType.OriginalDst:
                return inbound ? ClusterKind.Application : ClusterKind.OriginalDestination;
            default:
                problems.Add("type", $"{(int)cluster.Type} is not a known type");
                return ClusterKind.BlackHole;
        }
    }

    private static UpstreamProtocol Protocol(Pb.Cluster cluster, ProblemList problems)
    {
        if (cluster.TypedExtensionProtocolOptions.TryGetValue(ExtensionNames.UpstreamHttpProtocolOptions, out var any))
        {
            var options = PbReading.Unpack<HttpProtocolOptions>(any, "typed_extension_protocol_options", problems);
            return options?.UpstreamProtocolOptionsCase switch
            {
                HttpProtocolOptions.UpstreamProtocolOptionsOneofCase.ExplicitHttpConfig
                    when options.ExplicitHttpConfig.Http2ProtocolOptions is not null => UpstreamProtocol.Http2,
                HttpProtocolOptions.UpstreamProtocolOptionsOneofCase.UseDownstreamProtocolConfig => UpstreamProtocol.SameAsClient,
                _ => UpstreamProtocol.Http1,
            };
        }

        return cluster.Http2ProtocolOptions is null ? UpstreamProtocol.Http1 : UpstreamProtocol.Http2;
    }
}
