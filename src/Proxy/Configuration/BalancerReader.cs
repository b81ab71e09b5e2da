using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Upstream.Balancing;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: how a cluster is balanced, from load_balancing_policy or from the older lb_policy.</summary>
internal static class BalancerReader
{
    // Envoy's bound (maglev.proto, table_size).
    private const ulong LargestTable = 5_000_011;

    public static BalancerSettings Read(Pb.Cluster cluster, ProblemList problems)
    {
        // load_balancing_policy wins over lb_policy; the first policy that is known counts (cluster.proto).
        var settings = cluster.LoadBalancingPolicy is { } policy
            ? First(policy, problems) ?? Unknown("load_balancing_policy", "has no known policy", problems)
            : ByKind(cluster, problems);
        return cluster.CommonLbConfig?.LocalityWeightedLbConfig is null ? settings : settings with { LocalityWeighted = true };
    }

    private static BalancerSettings ByKind(Pb.Cluster cluster, ProblemList problems)
    {
        switch (cluster.LbPolicy)
        {
            case Pb.Cluster.Types.LbPolicy.RoundRobin:
                return new(BalancerKind.RoundRobin) { SlowStart = Warming(cluster.RoundRobinLbConfig?.SlowStartConfig, problems) };
            case Pb.Cluster.Types.LbPolicy.LeastRequest:
                var least = cluster.LeastRequestLbConfig;
                return LeastRequest(least?.ChoiceCount, Warming(least?.SlowStartConfig, problems));
            case Pb.Cluster.Types.LbPolicy.Random:
                return new(BalancerKind.Random);
            case Pb.Cluster.Types.LbPolicy.RingHash:
                if (cluster.RingHashLbConfig is { HashFunction: not Pb.Cluster.Types.RingHashLbConfig.Types.HashFunction.XxHash })
                {
                    OtherHash("ring_hash_lb_config.hash_function", problems);
                }

                return RingHash(cluster.RingHashLbConfig?.MinimumRingSize, "ring_hash_lb_config.minimum_ring_size", problems);
            case Pb.Cluster.Types.LbPolicy.Maglev:
                return Maglev(cluster.MaglevLbConfig?.TableSize, "maglev_lb_config.table_size", problems);
            case Pb.Cluster.Types.LbPolicy.ClusterProvided:
                // Nothing to choose from: the connection's own destination.
                return new(BalancerKind.RoundRobin);
            default:
                return Unknown("lb_policy", $"{cluster.LbPolicy} is not supported", problems);
        }
    }

    private static BalancerSettings? First(Pb.LoadBalancingPolicy policy, ProblemList problems)
    {
        foreach (var config in policy.Policies.Select(p => p.TypedExtensionConfig?.TypedConfig))
        {
            if (Known(config, problems) is { } settings)
            {
                return settings;
            }
        }

        return null;
    }

    private static BalancerSettings? Known(Any? config, ProblemList problems)
    {
        const string field = "load_balancing_policy";
        if (PbReading.Is<Pb.RoundRobin>(config))
        {
            var robin = PbReading.Unpack<Pb.RoundRobin>(config, field, problems) ?? new();
            return Local(new(BalancerKind.RoundRobin) { SlowStart = Warming(robin.SlowStartConfig, problems) }, robin.LocalityLbConfig);
        }

        if (PbReading.Is<Pb.LeastRequest>(config))
        {
            var least = PbReading.Unpack<Pb.LeastRequest>(config, field, problems) ?? new();
            return Local(LeastRequest(least.ChoiceCount, Warming(least.SlowStartConfig, problems)), least.LocalityLbConfig);
        }

        if (PbReading.Is<Pb.Random>(config))
        {
            var random = PbReading.Unpack<Pb.Random>(config, field, problems) ?? new();
            return Local(new(BalancerKind.Random), random.LocalityLbConfig);
        }

        if (PbReading.Is<Pb.RingHash>(config))
        {
            var ring = PbReading.Unpack<Pb.RingHash>(config, field, problems) ?? new();
            if (ring.HashFunction == Pb.RingHash.Types.HashFunction.MurmurHash2)
            {
                OtherHash(field, problems);
            }

            var settings = RingHash(ring.MinimumRingSize, field + ".minimum_ring_size", problems);
            return settings with { LocalityWeighted = ring.LocalityWeightedLbConfig is not null };
        }

        if (PbReading.Is<Pb.Maglev>(config))
        {
            var maglev = PbReading.Unpack<Pb.Maglev>(config, field, problems) ?? new();
            var settings = Maglev(maglev.TableSize, field + ".table_size", problems);
            return settings with { LocalityWeighted = maglev.LocalityWeightedLbConfig is not null };
        }

        if (PbReading.Is<Pb.PeakEwma>(config))
        {
            return PeakEwma(PbReading.Unpack<Pb.PeakEwma>(config, field, problems) ?? new(), problems);
        }

        return
            PbReading.Is<Pb.WrrLocality>(config)
            && PbReading.Unpack<Pb.WrrLocality>(config, field, problems)?.EndpointPickingPolicy is { } inner
            && First(inner, problems) is { } picking
            ? picking with
            {
                LocalityWeighted = true,
            }
            : null;
    }

    private static BalancerSettings LeastRequest(uint? choices, SlowStart? warming) =>
        new(BalancerKind.LeastRequest) { Choices = (int)Math.Clamp(choices ?? 2, 2, 100), SlowStart = warming };

    private static BalancerSettings RingHash(ulong? minimum, string field, ProblemList problems)
    {
        if (minimum is 0 or > BalancerSettings.MaximumRingSize)
        {
            problems.Add(field, $"{minimum} is not between 1 and {BalancerSettings.MaximumRingSize}");
            minimum = null;
        }

        return new(BalancerKind.RingHash) { MinimumRingSize = (int)(minimum ?? BalancerSettings.DefaultMinimumRingSize) };
    }

    private static BalancerSettings Maglev(ulong? size, string field, ProblemList problems)
    {
        if (size is { } given && (given > LargestTable || !IsPrime(given)))
        {
            problems.Add(field, $"{given} is not a prime up to {LargestTable}");
            size = null;
        }

        return new(BalancerKind.Maglev) { TableSize = (int)(size ?? BalancerSettings.DefaultTableSize) };
    }

    private static BalancerSettings PeakEwma(Pb.PeakEwma ewma, ProblemList problems)
    {
        var settings = new BalancerSettings(BalancerKind.PeakEwma);
        return settings with
        {
            LatencyDecay = Positive(ewma.DecayTime, settings.LatencyDecay, "decay_time", problems),
            InitialLatency = Positive(ewma.DefaultRtt, settings.InitialLatency, "default_rtt", problems),
        };
    }

    private static BalancerSettings Local(BalancerSettings settings, Pb.LocalityLbConfig? localities) =>
        localities?.LocalityWeightedLbConfig is null ? settings : settings with { LocalityWeighted = true };

    private static SlowStart? Warming(Pb.SlowStartConfig? config, ProblemList problems) =>
        config is null ? null : Warming(config.SlowStartWindow, config.MinWeightPercent, config.Aggression, problems);

    private static SlowStart? Warming(Pb.Cluster.Types.SlowStartConfig? config, ProblemList problems) =>
        config is null ? null : Warming(config.SlowStartWindow, config.MinWeightPercent, config.Aggression, problems);

    private static SlowStart? Warming(Duration? window, Pb.Percent? minimum, Pb.RuntimeDouble? aggression, ProblemList problems)
    {
        using var inConfig = problems.In("slow_start_config");
        var time = PbReading.Duration(window, TimeSpan.Zero, "slow_start_window", problems);
        if (minimum?.Value is { } percent && !(percent is >= 0 and <= 100))
        {
            problems.Add("min_weight_percent", $"{percent} is not between 0 and 100");
        }

        if (aggression?.DefaultValue is { } speed && !(speed > 0))
        {
            problems.Add("aggression", $"{speed} is not greater than 0");
        }

        return time == TimeSpan.Zero ? null : new SlowStart(time, minimum?.Value ?? 10, aggression?.DefaultValue ?? 1);
    }

    private static TimeSpan Positive(Duration? value, TimeSpan absent, string field, ProblemList problems)
    {
        var time = PbReading.Duration(value, absent, field, problems);
        if (time > TimeSpan.Zero)
        {
            return time;
        }

        problems.Add(field, "must be greater than 0");
        return absent;
    }

    private static void OtherHash(string field, ProblemList problems) =>
        problems.Note(field, "is not supported; keys are hashed by XX_HASH");

    private static bool IsPrime(ulong number)
    {
        for (ulong divisor = 2; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return number > 1;
    }

    private static BalancerSettings Unknown(string field, string what, ProblemList problems)
    {
        problems.Note(field, $"{what}; requests are balanced by ROUND_ROBIN");
        return new(BalancerKind.RoundRobin);
    }
}
