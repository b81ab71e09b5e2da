using System.Collections.Immutable;
using System.Net;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// Clusters and endpoints for gRPC libraries: EDS or, for one DNS name, LOGICAL_DNS. TLS is the channel's own affair (its bootstrap and
/// credentials), so a DestinationRule's is not sent.
/// </summary>
internal static class GrpcClusterGenerator
{
    private const ulong DefaultRingSize = 1024;

    public static Pb.Cluster Generate(VisibleService service, ServicePort port, string subset, Client client, bool ringHash)
    {
        var settings = client.Settings;
        var policy = service.Policy?.EffectiveFor(subset, port.Number) ?? TrafficPolicy.None;
        var cluster = Empty(ResourceNames.Outbound(port.Number, subset, service.Shape.Host), settings);
        cluster.ConnectTimeout = XdsMessages.Duration(policy.ConnectionPool?.ConnectTimeout ?? settings.ConnectTimeout);
        if (ringHash && HashPolicyGenerator.IsForGrpc(policy.LoadBalancing?.Hash))
        {
            // The one other policy that all of them know; Maglev becomes it too, because they have no table.
            cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.RingHash;
            cluster.RingHashLbConfig = new() { MinimumRingSize = RingSize(policy.LoadBalancing!) };
            cluster.LoadBalancingPolicy = null;
        }
        else
        {
            cluster.LoadBalancingPolicy = Balancer(policy.LoadBalancing);
        }

        cluster.CircuitBreakers.Thresholds[0].MaxRequests = ClusterPolicyGenerator.Limit(policy.ConnectionPool?.Http2MaxRequests);
        cluster.OutlierDetection = OutlierGenerator.ForGrpc(policy.OutlierDetection);
        cluster.Metadata = IstioMetadata.Cluster(service.Shape.Host, service.Shape.Namespace, port.Number, subset, service.Policy);
        if (
            service.Shape.Resolution == ServiceResolution.Dns
            && EndpointGenerator.Generate(
                cluster.Name,
                service.Endpoints,
                port.Number,
                ClusterGenerator.SubsetLabels(service.Policy, subset),
                null
            )
                is { Endpoints: [{ LbEndpoints.Count: 1 }] } one
        )
        {
            cluster.Type = Pb.Cluster.Types.DiscoveryType.LogicalDns;
            cluster.EdsClusterConfig = null;
            cluster.LoadAssignment = one;
        }

        return cluster;
    }

    /// <summary>
    /// The endpoints that a library can use: IP literals. Several DNS names cannot be expressed; their cluster stays empty and its calls fail.
    /// </summary>
    public static Pb.ClusterLoadAssignment Endpoints(VisibleService service, ServicePort port, string subset, Client client) =>
        EndpointGenerator.Generate(
            ResourceNames.Outbound(port.Number, subset, service.Shape.Host),
            [.. service.Endpoints.Where(endpoint => IPAddress.TryParse(endpoint.Address, out _))],
            port.Number,
            ClusterGenerator.SubsetLabels(service.Policy, subset),
            LocalityView.Of(service.Policy?.EffectiveFor(subset, port.Number) ?? TrafficPolicy.None, client)
        );

    /// <summary>
    /// A cluster for a name that routes refer to and nothing stands behind. A missing cluster would stall the whole channel; one without
    /// endpoints fails its own share, at once.
    /// </summary>
    public static Pb.Cluster Empty(string name, MeshSettings settings) =>
        new()
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.Eds,
            EdsClusterConfig = new() { EdsConfig = XdsMessages.Ads() },
            ConnectTimeout = XdsMessages.Duration(settings.ConnectTimeout),
            // Anything but this and RING_HASH is refused by older libraries, whatever load_balancing_policy says.
            LbPolicy = Pb.Cluster.Types.LbPolicy.RoundRobin,
            LoadBalancingPolicy = Balancer(null),
            // Absent would mean 1024 calls at a time.
            CircuitBreakers = new()
            {
                Thresholds = { new Pb.CircuitBreakers.Types.Thresholds { MaxRequests = ClusterPolicyGenerator.Limit(null) } },
            },
        };

    // A library takes the first policy it knows; without one that all know at the end some refuse the cluster. Those without the chosen
    // kind of balancing get the nearest they have.
    private static Pb.LoadBalancingPolicy Balancer(LoadBalancing? balancing)
    {
        var inner = balancing is { Kind: LoadBalancerKind.RoundRobin or LoadBalancerKind.Random or LoadBalancerKind.Passthrough }
            ? Policies(Policy("round_robin", new Pb.RoundRobin()))
            : Policies(Policy("least_request", new Pb.LeastRequest { ChoiceCount = 2 }), Policy("round_robin", new Pb.RoundRobin()));
        return Policies(Policy("wrr_locality", new Pb.WrrLocality { EndpointPickingPolicy = inner }));
    }

    private static ulong RingSize(LoadBalancing balancing) =>
        balancing is { Kind: LoadBalancerKind.RingHash, Hash.Size: { } size } ? (ulong)size : DefaultRingSize;

    private static Pb.LoadBalancingPolicy.Types.Policy Policy(string name, IMessage config) => BalancerGenerator.Policy(name, config);

    private static Pb.LoadBalancingPolicy Policies(params ImmutableArray<Pb.LoadBalancingPolicy.Types.Policy> policies) =>
        new() { Policies = { policies } };
}
