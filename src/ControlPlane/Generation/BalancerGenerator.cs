using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>How sidecars balance a cluster.</summary>
internal static class BalancerGenerator
{
    private const ulong DefaultRingSize = 1024;
    private const ulong DefaultTableSize = 65537;

    public static void Generate(Pb.Cluster cluster, LoadBalancing? balancing, LocalityView? view)
    {
        switch (balancing?.Kind)
        {
            case LoadBalancerKind.RoundRobin:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.RoundRobin;
                cluster.RoundRobinLbConfig = balancing.Warmup is { } warmup ? new() { SlowStartConfig = SlowStart(warmup) } : null;
                break;
            case LoadBalancerKind.Random:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.Random;
                break;
            case LoadBalancerKind.Passthrough:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.ClusterProvided;
                break;
            case LoadBalancerKind.RingHash:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.RingHash;
                cluster.RingHashLbConfig = new() { MinimumRingSize = (ulong?)balancing.Hash?.Size ?? DefaultRingSize };
                break;
            case LoadBalancerKind.Maglev:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.Maglev;
                cluster.MaglevLbConfig = new() { TableSize = (ulong?)balancing.Hash?.Size ?? DefaultTableSize };
                break;
            case LoadBalancerKind.LatencyAware:
                // For proxies that do not know the first policy there is the second.
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.LoadBalancingPolicyConfig;
                cluster.LoadBalancingPolicy = new()
                {
                    Policies =
                    {
                        Policy(
                            "peak_ewma",
                            new Pb.PeakEwma { DecayTime = balancing.LatencyDecay is { } decay ? XdsMessages.Duration(decay) : null }
                        ),
                        Policy("least_request", new Pb.LeastRequest()),
                    },
                };
                break;
            default:
                cluster.LbPolicy = Pb.Cluster.Types.LbPolicy.LeastRequest;
                cluster.LeastRequestLbConfig = balancing?.Warmup is { } slow ? new() { SlowStartConfig = SlowStart(slow) } : null;
                break;
        }

        // Istio: only where somebody asks for shares or orders localities, because LEAST_REQUEST then chooses inside one of them only.
        if (
            view is { Setting: { Distribute.IsEmpty: false } or { ZoneAwareFrom: not null } }
            || view is { Failover: true, Setting: { Failover.IsEmpty: false } or { FailoverPriority.IsEmpty: false } }
        )
        {
            (cluster.CommonLbConfig ??= new()).LocalityWeightedLbConfig = new();
        }
    }

    public static Pb.LoadBalancingPolicy.Types.Policy Policy(string name, IMessage config) =>
        new()
        {
            TypedExtensionConfig = new() { Name = "envoy.load_balancing_policies." + name, TypedConfig = Any.Pack(config) },
        };

    private static Pb.Cluster.Types.SlowStartConfig SlowStart(Warmup warmup) =>
        new()
        {
            SlowStartWindow = XdsMessages.Duration(warmup.Duration),
            MinWeightPercent = warmup.MinimumPercent is { } percent ? new() { Value = percent } : null,
            Aggression = warmup.Aggression is { } aggression
                ? new() { DefaultValue = aggression, RuntimeKey = "mesh.warmup.aggression" }
                : null,
        };
}
