using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The outbound clusters of sidecars, one per service port and subset, and the three that are always there.</summary>
internal static class ClusterGenerator
{
    /// <summary>Tells a proxy that connections which are not HTTP go to the very endpoint that was dialled.</summary>
    private const string DialedEndpoint = "dialed_endpoint";

    private const uint DnsRefreshSeconds = 60;

    /// <param name="subset">Empty for the whole service.</param>
    public static Pb.Cluster Generate(VisibleService service, ServicePort port, string subset, Client client)
    {
        var settings = client.Settings;
        var policy = service.Policy?.EffectiveFor(subset, port.Number) ?? TrafficPolicy.None;
        var view = LocalityView.Of(policy, client);
        var shape = service.Shape;
        var type = TypeOf(service, port, policy);
        var cluster = new Pb.Cluster
        {
            Name = ResourceNames.Outbound(port.Number, subset, shape.Host),
            Type = type,
            ConnectTimeout = XdsMessages.Duration(policy.ConnectionPool?.ConnectTimeout ?? settings.ConnectTimeout),
            CircuitBreakers = ClusterPolicyGenerator.CircuitBreakers(policy.ConnectionPool),
            UpstreamConnectionOptions = ClusterPolicyGenerator.Connections(policy.ConnectionPool),
            Metadata = IstioMetadata.Cluster(shape.Host, shape.Namespace, port.Number, subset, service.Policy),
        };
        UpstreamTlsGenerator.Generate(cluster, policy.Tls, service, port, subset, client);
        cluster.CircuitBreakers.Thresholds[0].RetryBudget = ClusterPolicyGenerator.RetryBudget(policy.RetryBudget);
        UpstreamProtocolGenerator.Generate(cluster, port.Protocol, policy.ConnectionPool);
        OutlierGenerator.Generate(cluster, policy.OutlierDetection);
        if (type == Pb.Cluster.Types.DiscoveryType.OriginalDst)
        {
            cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.ClusterProvided;
        }
        else
        {
            BalancerGenerator.Generate(cluster, policy.LoadBalancing, view);
        }

        switch (type)
        {
            case Pb.Cluster.Types.DiscoveryType.Eds:
                cluster.EdsClusterConfig = new() { EdsConfig = XdsMessages.Ads() };
                if (shape.Resolution == ServiceResolution.Headless)
                {
                    // Who dials a pod of a headless service means this pod.
                    IstioMetadata.Extend(cluster, DialedEndpoint, new());
                }

                break;
            case Pb.Cluster.Types.DiscoveryType.StrictDns:
                cluster.LoadAssignment = EndpointGenerator.Generate(
                    cluster.Name,
                    service.Endpoints,
                    port.Number,
                    SubsetLabels(service.Policy, subset),
                    view,
                    client.TakesMutualTls
                );
                cluster.DnsRefreshRate = XdsMessages.Duration(TimeSpan.FromSeconds(DnsRefreshSeconds));
                cluster.DnsLookupFamily = Pb.Cluster.Types.DnsLookupFamily.V4Preferred;
                cluster.RespectDnsTtl = true;
                break;
        }

        return cluster;
    }

    /// <summary>Some cluster of it goes wherever clients do, and is encrypted where all of the service's endpoints take that.</summary>
    public static bool AsksEveryEndpoint(VisibleService service) =>
        service is { HasSidecars: true, Policy: not null }
        && service.Shape.Ports.Any(port =>
            Subsets(service.Policy).Any(subset => TypeOf(service, port, subset) == Pb.Cluster.Types.DiscoveryType.OriginalDst)
        );

    public static Pb.Cluster.Types.DiscoveryType TypeOf(VisibleService service, ServicePort port, string subset) =>
        TypeOf(service, port, service.Policy?.EffectiveFor(subset, port.Number) ?? TrafficPolicy.None);

    /// <summary>Which endpoints a subset has; all for none.</summary>
    public static Labels SubsetLabels(DestinationPolicy? policy, string subset) =>
        subset.Length == 0 ? Labels.Empty : policy?.SubsetNamed(subset)?.Labels ?? Labels.Empty;

    /// <summary>The whole service (empty) and its subsets, each name once.</summary>
    public static IEnumerable<string> Subsets(DestinationPolicy? policy) =>
        policy is null ? [""] : policy.Subsets.Select(subset => subset.Name).Distinct(StringComparer.Ordinal).Prepend("");

    /// <summary>Passthrough, inbound passthrough and the black hole.</summary>
    public static ImmutableArray<Pb.Cluster> Fixed(MeshSettings settings) =>
        [
            ToOriginalDestination(ResourceNames.Passthrough, settings),
            ToOriginalDestination(ResourceNames.InboundPassthrough, settings),
            new()
            {
                Name = ResourceNames.BlackHole,
                Type = Pb.Cluster.Types.DiscoveryType.Static,
                ConnectTimeout = XdsMessages.Duration(settings.ConnectTimeout),
            },
        ];

    public static Pb.Cluster ToOriginalDestination(string name, MeshSettings settings, PortProtocol protocol = PortProtocol.Unknown)
    {
        var cluster = new Pb.Cluster
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.OriginalDst,
            ConnectTimeout = XdsMessages.Duration(settings.ConnectTimeout),
            LbPolicy = Pb.Cluster.Types.LbPolicy.ClusterProvided,
            CircuitBreakers = ClusterPolicyGenerator.CircuitBreakers(null),
        };
        UpstreamProtocolGenerator.Generate(cluster, protocol, null);
        return cluster;
    }

    private static Pb.Cluster.Types.DiscoveryType TypeOf(VisibleService service, ServicePort port, TrafficPolicy policy) =>
        service.Shape.Resolution switch
        {
            _ when policy.LoadBalancing?.Kind == LoadBalancerKind.Passthrough => Pb.Cluster.Types.DiscoveryType.OriginalDst,
            ServiceResolution.Dns => Pb.Cluster.Types.DiscoveryType.StrictDns,
            ServiceResolution.OriginalDestination => Pb.Cluster.Types.DiscoveryType.OriginalDst,
            _ => Pb.Cluster.Types.DiscoveryType.Eds,
        };
}
