using System.Text.RegularExpressions;
using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>The compiled table against a linear interpreter over strings, on random tables and requests from a small alphabet.</summary>
public sealed class RouteDifferentialTests
{
    private const int Tables = 2500;
    private const int RequestsPerTable = 40;

    private static readonly string[] Patterns = ["/a.*", "/[ab]/c", ".*", "/(a|b)*c?", "/b"];
    private static readonly Regex[] Compiled = [.. Patterns.Select(FullMatch)];
    private static readonly string[] Labels = ["a", "b", "a.b", "b.a", "a-b", "a.b.a"];

    [Fact]
    public void The_table_decides_as_a_linear_interpreter_does_in_100_000_cases()
    {
        var random = new Random(20260701);
        var matched = 0;
        var unmatched = 0;
        for (var t = 0; t < Tables; t++)
        {
            var hosts = Enumerable.Range(0, random.Next(1, 5)).Select(_ => RandomHost(random)).ToArray();
            var table = Table([.. hosts.Select(Compile)]);
            for (var r = 0; r < RequestsPerTable; r++)
            {
                var request = RandomRequest(random);
                var expectedHost = FindHost(hosts, request.Authority);
                var expectedRule = expectedHost < 0 ? -1 : hosts[expectedHost].Rules.FindIndex(rule => Takes(rule, request));

                var head = Head(request.Authority, request.Target, request.Headers);
                var plan = table.Plan(head);

                var actual = (Array.IndexOf([.. table.VirtualHosts], plan.VirtualHost), plan.Rule is null ? -1 : int.Parse(plan.Rule.Name));
                if ((expectedHost, expectedRule) != actual)
                {
                    var hostsText = string.Join('\n', hosts.Select(h => h.ToString()));
                    Assert.Fail($"{request}: expected {(expectedHost, expectedRule)}, got {actual} in table {t} of\n{hostsText}");
                }

                var explained = RouteExplanation.Of(table, head);
                Assert.Same(plan.VirtualHost, explained.VirtualHost);
                Assert.Same(plan.Rule, explained.Rule);
                Assert.All(explained.Rejected, rejected => Assert.False(rejected.Condition.Holds(head)));
                _ = expectedRule < 0 ? unmatched++ : matched++;
            }
        }

        // The generator is worth something only while both happen often.
        Assert.InRange(matched, 20_000, 80_000);
        Assert.InRange(unmatched, 20_000, 80_000);
    }

    private static int FindHost(TestHost[] hosts, string authority)
    {
        var host = authority.ToLowerInvariant();
        var domains = hosts.SelectMany((h, index) => h.Domains.Select(domain => (Domain: domain.ToLowerInvariant(), index))).ToList();
        var found = domains
            .Where(item => item.Domain == host)
            .Concat(
                domains
                    .Where(item => item.Domain != "*" && item.Domain.StartsWith('*'))
                    .Where(item => host.EndsWith(item.Domain[1..], StringComparison.Ordinal) && host.Length >= item.Domain.Length)
                    .OrderByDescending(item => item.Domain.Length)
            )
            .Concat(
                domains
                    .Where(item => item.Domain != "*" && item.Domain.EndsWith('*'))
                    .Where(item => host.StartsWith(item.Domain[..^1], StringComparison.Ordinal) && host.Length >= item.Domain.Length)
                    .OrderByDescending(item => item.Domain.Length)
            )
            .Concat(domains.Where(item => item.Domain == "*"))
            .Select(item => (int?)item.index)
            .FirstOrDefault();
        return found ?? -1;
    }

    private static bool Takes(TestRule rule, TestRequest request)
    {
        var path = request.Target.Split('?')[0];
        var comparison = rule.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var pathTakes = rule.Kind switch
        {
            null => true,
            PathMatchKind.Exact => string.Equals(path, rule.Value, comparison),
            PathMatchKind.Prefix => path.StartsWith(rule.Value, comparison),
            PathMatchKind.SeparatedPrefix => string.Equals(path, rule.Value, comparison) || path.StartsWith(rule.Value + "/", comparison),
            _ => Regex.IsMatch(path, $"^(?:{rule.Value})$"),
        };
        var header = string.Join(',', request.Headers.Where(h => h.Name == "x").Select(h => h.Value));
        var headerTakes =
            rule.Header is null || (request.Headers.Length > 0 && header.StartsWith(rule.Header, StringComparison.Ordinal) != rule.Invert);
        var query = request.Target.Contains('?') ? request.Target.Split('?')[1].Split('&') : [];
        var first = query.FirstOrDefault(parameter => parameter.Split('=')[0] == "q");
        // A parameter without "=" has an empty value.
        var queryTakes = rule.Query is null || (first is not null && (first + "=").Split('=')[1] == rule.Query);
        return pathTakes && headerTakes && queryTakes;
    }

    private static VirtualHost Compile(TestHost host) =>
        Host("host", [.. host.Domains], [.. host.Rules.Select((rule, index) => Rule($"{index}", CompilePath(rule), [.. Others(rule)]))]);

    private static PathCondition? CompilePath(TestRule rule) =>
        rule.Kind switch
        {
            null => null,
            PathMatchKind.Regex => new PathCondition(Compiled[Array.IndexOf(Patterns, rule.Value)], rule.Value),
            { } kind => new PathCondition(kind, rule.Value, rule.IgnoreCase),
        };

    private static IEnumerable<RouteCondition> Others(TestRule rule)
    {
        if (rule.Header is not null)
        {
            yield return new HeaderCondition("x", ValueMatch.Prefix(rule.Header), rule.Invert);
        }

        if (rule.Query is not null)
        {
            yield return new QueryCondition("q", ValueMatch.Exact(rule.Query));
        }
    }

    private static TestHost RandomHost(Random random)
    {
        var domains = Enumerable
            .Range(0, random.Next(1, 4))
            .Select(_ => Pick(random, Labels))
            .Select(label =>
                random.Next(8) switch
                {
                    0 => "*." + label,
                    1 => "*-" + label,
                    2 => label + ".*",
                    3 => label + ":80",
                    4 => "*",
                    _ => label,
                }
            )
            .ToList();
        // Few rules are asked one after the other, many are indexed: both must be met.
        var count = random.Next(2) == 0 ? random.Next(8) : random.Next(8, 40);
        return new TestHost(domains, [.. Enumerable.Range(0, count).Select(_ => RandomRule(random))]);
    }

    private static TestRule RandomRule(Random random)
    {
        PathMatchKind? kind = random.Next(12) switch
        {
            < 4 => PathMatchKind.Exact,
            < 7 => PathMatchKind.Prefix,
            < 10 => PathMatchKind.SeparatedPrefix,
            10 => PathMatchKind.Regex,
            _ => null,
        };
        return new TestRule(
            kind,
            kind == PathMatchKind.Regex ? Pick(random, Patterns) : RandomPath(random),
            kind != PathMatchKind.Regex && random.Next(6) == 0,
            random.Next(2) == 0 ? null : Pick(random, ["1", "2", "1,2", "21"]),
            random.Next(4) == 0,
            random.Next(3) == 0 ? Pick(random, ["1", "2", ""]) : null
        );
    }

    private static TestRequest RandomRequest(Random random) =>
        new(
            Pick(random, Labels) + Pick(random, ["", "", "", ".a", "-b", ":80"]),
            RandomPath(random) + Pick(random, ["", "", "?q=1", "?q=2&q=1", "?q", "?x=q&q="]),
            [.. Enumerable.Range(0, random.Next(3)).Select(_ => ("x", Pick(random, ["1", "2", "21", ""])))]
        );

    private static string RandomPath(Random random)
    {
        var path = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Pick(random, ["/", "/a", "/b", "/c", "a", "A", "/B"])));
        return path.StartsWith('/') ? path : "/" + path;
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private sealed record TestHost(List<string> Domains, List<TestRule> Rules)
    {
        public override string ToString() => $"{string.Join(' ', Domains)}\n  {string.Join("\n  ", Rules)}";
    }

    private sealed record TestRule(PathMatchKind? Kind, string Value, bool IgnoreCase, string? Header, bool Invert, string? Query);

    private sealed record TestRequest(string Authority, string Target, (string Name, string Value)[] Headers)
    {
        public override string ToString() => $"{Authority} {Target} {string.Join(' ', Headers)}";
    }
}
