using System.Collections.Immutable;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>VirtualServices, and requests to try on them; prints as what somebody needs to look at a difference.</summary>
internal sealed record RouteCase(ImmutableArray<GivenVirtualService> Services, ImmutableArray<GivenRequest> Requests)
{
    private static readonly string[] Paths = ["/", "/x", "/x/y", "/xy", "/X/Y", "/y", "//x", "/x%2Fy", "/x/"];
    private static readonly string[] Queries = ["", "", "", "?q=1", "?q=2&q=1", "?q", "?z=1&q=12", "?Q=1", "?"];
    private static readonly string[] PathRegexes = ["/x.*", "/(x|y)/?", "(?i)/x/y", "/[^/]+", ".*"];
    private static readonly string[] ValueRegexes = ["1|2", "[0-9]+", "a.*", ".*"];
    private static readonly string[] Values = ["1", "2", "12", "a", "ab", "A"];
    private static readonly string[] HeaderNames = ["x-a", "x-b"];
    private static readonly string[] Methods = ["GET", "POST", "DELETE"];
    private static readonly string[] ServiceHosts = ["a", "a.default.svc.cluster.local", "b", "c.other.svc.cluster.local"];
    private static readonly string[] Destinations = ["a", "b", "c.other.svc.cluster.local", "gone.default.svc.cluster.local"];

    /// <summary>A case of its own for every seed.</summary>
    public static RouteCase Random(int seed, int requests)
    {
        var random = new Random(seed);
        return new(
            [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => RandomService(random, i))],
            [.. Enumerable.Range(0, requests).Select(_ => RandomRequest(random))]
        );
    }

    /// <summary>One thing less, each in turn; a single request first, because all others are only in the way.</summary>
    public IEnumerable<RouteCase> Smaller()
    {
        if (Requests.Length > 1)
        {
            foreach (var request in Requests)
            {
                yield return this with
                {
                    Requests = [request],
                };
            }

            yield break;
        }

        for (var i = 0; i < Services.Length; i++)
        {
            yield return this with
            {
                Services = Services.RemoveAt(i),
            };
            foreach (var smaller in Services[i].Smaller())
            {
                yield return this with
                {
                    Services = Services.SetItem(i, smaller),
                };
            }
        }

        foreach (var header in Requests[0].Headers)
        {
            yield return this with
            {
                Requests = [Requests[0] with { Headers = Requests[0].Headers.Remove(header) }],
            };
        }
    }

    public override string ToString() => $"\n{string.Join('\n', Services)}\n{string.Join('\n', Requests.Take(3))}\n";

    private static GivenVirtualService RandomService(Random random, int index)
    {
        var ns = random.Next(4) == 0 ? "other" : "default";
        // A short name of another namespace would be a host that no service has.
        var hosts = ServiceHosts.Where(host => ns == "default" || host.Contains('.')).ToArray();
        return new(
            ns,
            $"vs{index}",
            random.Next(5) == 0 ? ["*.default.svc.cluster.local"] : [Pick(random, hosts)],
            random.Next(8) switch
            {
                0 => ["mesh"],
                1 => ["mesh", "default/edge"],
                2 => random.Next(3) == 0 ? ["default/edge"] : [],
                _ => [],
            },
            random.Next(8) switch
            {
                0 => ["."],
                1 => ["other"],
                2 => random.Next(3) == 0 ? ["~"] : ["*"],
                _ => [],
            },
            random.Next(3) == 0 ? null : 2020 + random.Next(3),
            // Few rules are asked one after the other, many are indexed: both must be met.
            [.. Enumerable.Range(0, random.Next(4) == 0 ? random.Next(8, 16) : random.Next(1, 6)).Select(_ => RandomRule(random))]
        );
    }

    private static GivenRule RandomRule(Random random)
    {
        var matches = random.Next(12) == 0 ? 0 : random.Next(1, 4);
        return new(
            [.. Enumerable.Range(0, matches).Select(_ => RandomMatch(random))],
            random.Next(4) == 0 ? [] : RandomDestinations(random),
            Pick(random, [200, 404, 418, 301, 302, 308])
        );
    }

    private static ImmutableArray<GivenDestination> RandomDestinations(Random random)
    {
        var count = random.Next(1, 4);
        var destinations = Enumerable
            .Range(0, count)
            .Select(_ => Pick(random, Destinations))
            .Select(host => host == "a" && random.Next(3) == 0 ? "a.default.svc.cluster.local" : host)
            .Select(host => new GivenDestination(
                host.Contains('.') ? host : GivenWorld.FullName(host, "default"),
                host.StartsWith('a') && random.Next(2) == 0 ? Pick(random, ["v1", "v2", "v3"]) : null,
                random.Next(3) == 0 ? Pick(random, [80, 81, 8080]) : null,
                Pick(random, [0, 1, 10, 33, 50, 100])
            ))
            .ToImmutableArray();
        // Several that sum up to nothing are refused.
        return count > 1 && destinations.All(to => to.Weight == 0)
            ? destinations.SetItem(0, destinations[0] with { Weight = 7 })
            : destinations;
    }

    private static GivenMatch RandomMatch(Random random) =>
        new()
        {
            Uri = random.Next(3) == 0 ? null : RandomPathText(random),
            IgnoreUriCase = random.Next(5) == 0,
            Method = random.Next(6) == 0 ? RandomText(random, Methods, ["GET|POST", "[A-Z]+"]) : null,
            Scheme = random.Next(12) == 0 ? RandomText(random, ["http", "https"], ["https?"]) : null,
            Authority =
                random.Next(10) == 0
                    ? RandomText(random, ["a", "a.default", "a.default.svc.cluster.local", "b"], ["a.*", ".*:8[01]"])
                    : null,
            Headers = RandomMap(random, 4, HeaderNames, random => RandomValueText(random, presence: true)),
            WithoutHeaders = RandomMap(
                random,
                8,
                HeaderNames,
                random => random.Next(6) == 0 ? new("regex", "*") : RandomValueText(random, presence: true)
            ),
            QueryParams = RandomMap(random, 6, ["q", "z"], random => RandomValueText(random, presence: true)),
            Port = random.Next(8) == 0 ? Pick(random, [80, 81, 8080]) : null,
            SourceApp = random.Next(10) == 0 ? Pick(random, ["web", "admin", "none"]) : null,
            SourceNamespace = random.Next(12) == 0 ? Pick(random, ["default", "other"]) : null,
            Gateways = random.Next(12) switch
            {
                0 => ["mesh"],
                1 => ["default/edge"],
                _ => [],
            },
        };

    private static GivenText RandomPathText(Random random) =>
        random.Next(5) == 0 ? new("regex", Pick(random, PathRegexes)) : new(random.Next(2) == 0 ? "exact" : "prefix", Pick(random, Paths));

    private static GivenText RandomValueText(Random random, bool presence) =>
        presence && random.Next(4) == 0 ? new("present", "") : RandomText(random, Values, ValueRegexes);

    private static GivenText RandomText(Random random, string[] values, string[] regexes) =>
        random.Next(4) switch
        {
            0 => new("regex", Pick(random, regexes)),
            1 => new("prefix", Pick(random, values)),
            _ => new("exact", Pick(random, values)),
        };

    private static ImmutableSortedDictionary<string, GivenText> RandomMap(
        Random random,
        int oneIn,
        string[] names,
        Func<Random, GivenText> text
    ) =>
        random.Next(oneIn) != 0
            ? ImmutableSortedDictionary<string, GivenText>.Empty
            : names.Take(random.Next(1, names.Length + 1)).ToImmutableSortedDictionary(name => name, _ => text(random));

    private static GivenRequest RandomRequest(Random random)
    {
        var client = Pick(random, [.. GivenWorld.Clients.Keys.Order(StringComparer.Ordinal)]);
        var (name, ns, ports, address) = Pick(random, GivenWorld.Services);
        var port = Pick(random, ports);
        string[] spellings =
        [
            .. ns == GivenWorld.Clients[client].Namespace ? [name, name.ToUpperInvariant()] : Array.Empty<string>(),
            $"{name}.{ns}",
            $"{name}.{ns}.svc",
            GivenWorld.FullName(name, ns),
            GivenWorld.FullName(name, ns) + ".",
            address,
        ];
        var captured = random.Next(2) == 0;
        // Without an address a bare name means port 80.
        var withPort = random.Next(3) == 0 || (!captured && port != 80);
        return new(
            client,
            GivenWorld.FullName(name, ns),
            port,
            captured,
            Pick(random, Methods),
            Pick(random, spellings) + (withPort ? $":{port}" : ""),
            Pick(random, Paths) + Pick(random, Queries),
            [
                .. Enumerable
                    .Range(0, random.Next(3))
                    .Select(_ => (Pick(random, ["x-a", "X-A", "x-b"]), random.Next(8) == 0 ? "" : Pick(random, Values))),
            ]
        );
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
