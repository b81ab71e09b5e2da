using System.Collections.Immutable;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The loadBalancer block of a policy, and the annotation that asks for what it has no field for.</summary>
internal static class BalancingTranslator
{
    // Istio (ZoneAwareLoadBalancerSetting.min_cluster_size), as Envoy.
    private const int ZoneAwareFrom = 6;

    /// <param name="latency">Holds wherever the block does not choose a balancer of its own.</param>
    /// <param name="inherits">Whether an absent block takes over that of the rule, so that there is nothing to say here.</param>
    public static LoadBalancing? Translate(LoadBalancerSpec? spec, LatencyAwareSpec? latency, bool inherits)
    {
        if (spec is null)
        {
            return latency is null || inherits ? null : new(LoadBalancerKind.LatencyAware) { LatencyDecay = latency.Decay };
        }

        var kind = Kind(spec);
        var byLatency = latency is not null && kind == LoadBalancerKind.LeastRequest && spec.Warmup is null;
        return new(byLatency ? LoadBalancerKind.LatencyAware : kind)
        {
            Hash = spec.ConsistentHash is { } hash ? Hash(hash) : null,
            Warmup =
                spec.Warmup is { } warmup && kind is LoadBalancerKind.RoundRobin or LoadBalancerKind.LeastRequest
                    ? new(spec.Warmup!.Duration, spec.Warmup.MinimumPercent, spec.Warmup.Aggression)
                    : null,
            Locality = Locality(spec),
            LatencyDecay = byLatency ? latency!.Decay : null,
        };
    }

    private static LoadBalancerKind Kind(LoadBalancerSpec spec) =>
        spec.ConsistentHash is { } hash
            ? hash.MaglevTableSize is null
                ? LoadBalancerKind.RingHash
                : LoadBalancerKind.Maglev
            : spec.Simple switch
            {
                SimpleLoadBalancer.Random => LoadBalancerKind.Random,
                SimpleLoadBalancer.RoundRobin => LoadBalancerKind.RoundRobin,
                SimpleLoadBalancer.Passthrough => LoadBalancerKind.Passthrough,
                _ => LoadBalancerKind.LeastRequest,
            };

    private static ConsistentHash Hash(ConsistentHashSpec spec) =>
        new(
            spec.HttpHeaderName,
            spec.HttpCookie is { } cookie
                ? new(
                    cookie.Name,
                    cookie.Path,
                    cookie.Ttl,
                    [.. cookie.Attributes.Select(attribute => KeyValuePair.Create(attribute.Name, attribute.Value ?? ""))]
                )
                : null,
            spec.UseSourceIp,
            spec.HttpQueryParameterName,
            spec.MaglevTableSize ?? spec.MinimumRingSize
        );

    // Istio (GetEffectiveLbSetting): zoneAwareLbSetting before localityLbSetting, and what is switched off hides the mesh's own.
    private static LocalityBalancing? Locality(LoadBalancerSpec spec)
    {
        if (spec.ZoneAware is { } zones)
        {
            return zones.Enabled == false
                ? LocalityBalancing.Off
                : new([], Regions(zones.Failover), zones.FailoverPriority, zones.MinClusterSize ?? ZoneAwareFrom);
        }

        return spec.LocalityLb is not { } locality ? null
            : locality.Enabled == false ? LocalityBalancing.Off
            : new(
                [.. locality.Distribute.Select(share => new LocalityShares(share.From, share.To))],
                Regions(locality.Failover),
                locality.FailoverPriority,
                null
            );
    }

    private static ImmutableArray<RegionFailover> Regions(ImmutableArray<LocalityFailoverSpec> pairs) =>
        [.. pairs.Select(pair => new RegionFailover(pair.From, pair.To))];
}
