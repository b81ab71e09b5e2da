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

    public static void OutlierDetection(Pb.Cluster cluster, OutlierDetection? detection)
    {
        if (detection is null)
        {
            return;
        }

        var result = new Pb.OutlierDetection
        {
            // Statistical ejection is not part of the API; Envoy would switch it on by itself.
            EnforcingSuccessRate = 0,
            Interval = detection.Interval is { } interval ? XdsMessages.Duration(interval) : null,
            BaseEjectionTime = detection.BaseEjectionTime is { } time ? XdsMessages.Duration(time) : null,
            SplitExternalLocalOriginErrors = detection.SplitExternalLocalOriginErrors,
        };
        if (detection.Consecutive5xx is { } errors)
        {
            result.Consecutive5Xx = (uint)Math.Max(errors, 0);
            result.EnforcingConsecutive5Xx = Enforced(errors);
        }

        if (detection.ConsecutiveGatewayErrors is { } gatewayErrors)
        {
            result.ConsecutiveGatewayFailure = (uint)Math.Max(gatewayErrors, 0);
            result.EnforcingConsecutiveGatewayFailure = Enforced(gatewayErrors);
        }

        if (detection is { SplitExternalLocalOriginErrors: true, ConsecutiveLocalOriginFailures: { } localErrors })
        {
            result.ConsecutiveLocalOriginFailure = (uint)Math.Max(localErrors, 0);
            result.EnforcingConsecutiveLocalOriginFailure = Enforced(localErrors);
        }

        if (detection.MaxEjectionPercent is { } share)
        {
            result.MaxEjectionPercent = (uint)Math.Clamp(share, 0, 100);
        }

        cluster.OutlierDetection = result;

        // Istio: with outlier detection the panic threshold is minHealthPercent, and that is zero (no panic) unless set.
        cluster.CommonLbConfig = new() { HealthyPanicThreshold = new() { Value = detection.MinHealthPercent ?? 0 } };
    }

    // A detector that is set to zero is off.
    private static uint Enforced(int threshold) => threshold > 0 ? 100u : 0u;
}
