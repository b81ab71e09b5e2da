using System.Collections.Frozen;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads how an endpoint is picked.</summary>
internal static class LoadBalancerReader
{
    private const long DefaultMaglevTable = 65537;

    private static readonly EnumTable<SimpleLoadBalancer> SimpleNames = new(
        ("UNSPECIFIED", SimpleLoadBalancer.Unspecified),
        ("RANDOM", SimpleLoadBalancer.Random),
        ("PASSTHROUGH", SimpleLoadBalancer.Passthrough),
        ("ROUND_ROBIN", SimpleLoadBalancer.RoundRobin),
        ("LEAST_REQUEST", SimpleLoadBalancer.LeastRequest)
    )
    {
        Old = new Dictionary<string, string> { ["LEAST_CONN"] = "LEAST_REQUEST" }.ToFrozenDictionary(),
    };

    internal static LoadBalancerSpec Read(ObjectReader reader)
    {
        reader.Exclusive("simple", "consistentHash");
        return new()
        {
            Simple = reader.Enum("simple", SimpleNames),
            ConsistentHash = reader.Object("consistentHash", ReadConsistentHash),
            LocalityLb = reader.Object("localityLbSetting", ReadLocality),
            Warmup = ReadWarmup(reader),
            ZoneAware = reader.Object("zoneAwareLbSetting", ReadZoneAware),
        };
    }

    private static WarmupSpec? ReadWarmup(ObjectReader reader)
    {
        var warmup = reader.Object(
            "warmup",
            settings => new WarmupSpec
            {
                Duration = settings.RequiredDuration("duration"),
                MinimumPercent = settings.Percent("minimumPercent"),
                Aggression = settings.Number("aggression", 1, double.MaxValue),
            },
            "an object with duration"
        );
        if (reader.Old("warmupDurationSecs", "warmup with duration") && reader.Duration("warmupDurationSecs") is { } duration)
        {
            warmup ??= new WarmupSpec { Duration = duration };
        }
        return warmup;
    }

    private static ConsistentHashSpec ReadConsistentHash(ObjectReader reader)
    {
        reader.Exclusive("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName");
        reader.Exclusive("ringHash", "maglev");
        var ring = reader.Value("ringHash", ring => ring.Long("minimumRingSize", 0, long.MaxValue) ?? 0);
        if (reader.Old("minimumRingSize", "ringHash with minimumRingSize"))
        {
            ring ??= reader.Long("minimumRingSize", 0, long.MaxValue);
        }
        return new()
        {
            HttpHeaderName = reader.Text("httpHeaderName"),
            HttpCookie = reader.Object("httpCookie", ReadCookie, "an object with name"),
            UseSourceIp = reader.Boolean("useSourceIp") ?? false,
            HttpQueryParameterName = reader.Text("httpQueryParameterName"),
            MinimumRingSize = ring is 0 ? null : ring,
            MaglevTableSize = reader.Value("maglev", maglev => maglev.Long("tableSize", 0, long.MaxValue) ?? DefaultMaglevTable),
        };
    }

    private static HttpCookieSpec ReadCookie(ObjectReader reader) =>
        new()
        {
            Name = reader.RequiredText("name"),
            Path = reader.Text("path"),
            Ttl = reader.Duration("ttl", allowZero: true),
            Attributes = reader.List(
                "attributes",
                attribute => new CookieAttributeSpec { Name = attribute.RequiredText("name"), Value = attribute.Text("value") }
            ),
        };

    private static LocalityLbSpec ReadLocality(ObjectReader reader) =>
        new()
        {
            Distribute = reader.List(
                "distribute",
                share => new LocalityDistributeSpec { From = share.RequiredText("from"), To = share.IntegerMap("to", 0, 100) }
            ),
            Failover = reader.List("failover", ReadFailover),
            FailoverPriority = reader.Texts("failoverPriority"),
            Enabled = reader.Boolean("enabled"),
        };

    private static LocalityFailoverSpec ReadFailover(ObjectReader reader) =>
        new() { From = reader.RequiredText("from"), To = reader.RequiredText("to") };

    private static ZoneAwareLbSpec ReadZoneAware(ObjectReader reader) =>
        new()
        {
            Enabled = reader.Boolean("enabled"),
            Failover = reader.List("failover", ReadFailover),
            FailoverPriority = reader.Texts("failoverPriority"),
            MinClusterSize = reader.Integer("minClusterSize"),
        };
}
