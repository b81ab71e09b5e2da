using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The parts of a cluster that a DestinationRule shapes: balancing, limits, ejection.</summary>
internal static class ClusterPolicyGenerator
{
    /// <summary>Envoy would limit everything to 1024; this mesh, like Istio, limits nothing unless asked.</summary>
    public static Pb.CircuitBreakers CircuitBreakers(ConnectionPool? pool) =>
        new()
        {
            Thresholds =
            {
                new Pb.CircuitBreakers.Types.Thresholds
                {
                    MaxConnections = Limit(pool?.MaxConnections),
                    MaxPendingRequests = Limit(pool?.Http1MaxPendingRequests),
                    MaxRequests = Limit(pool?.Http2MaxRequests),
                    MaxRetries = Limit(pool?.MaxRetries),
                    TrackRemaining = true,
                },
            },
        };

    /// <summary>Values of zero and less cannot be expressed as limits and are ignored, as in Istio.</summary>
    public static uint Limit(int? value) => value is > 0 ? (uint)value : uint.MaxValue;

    public static Pb.Cluster.Types.LbPolicy Balancer(LoadBalancing? balancing) =>
        balancing?.Kind switch
        {
            LoadBalancerKind.RoundRobin => Pb.Cluster.Types.LbPolicy.RoundRobin,
            LoadBalancerKind.Random => Pb.Cluster.Types.LbPolicy.Random,
            LoadBalancerKind.Passthrough => Pb.Cluster.Types.LbPolicy.ClusterProvided,
            _ => Pb.Cluster.Types.LbPolicy.LeastRequest,
        };
}
