using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>Short ways to write heads, rules and tables in tests.</summary>
internal static class TestRoutes
{
    public static RequestHead Head(string authority, string target, params (string Name, string Value)[] headers) =>
        Head("GET", authority, target, headers);

    public static RequestHead Head(string method, string authority, string target, (string Name, string Value)[] headers)
    {
        var head = new RequestHead();
        Assert.True(head.Begin(HttpVersionKind.Http11, method, "http", authority, target));
        foreach (var (name, value) in headers)
        {
            Assert.True(head.AddHeader(name, value));
        }

        return head;
    }

    public static string AsText(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static Regex FullMatch(string pattern) =>
        new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public static RouteConditions When(params RouteCondition[] conditions) => new(null, [.. conditions]);

    public static PathCondition Path(string value) => new(PathMatchKind.Exact, value);

    public static PathCondition Prefix(string value) => new(PathMatchKind.Prefix, value);

    public static Rule Rule(string name, PathCondition? path, params RouteCondition[] others) =>
        new()
        {
            Name = name,
            Conditions = new RouteConditions(path, [.. others]),
            Action = new RuleAction.DirectResponse { StatusCode = 200 },
        };

    public static VirtualHost Host(string name, string[] domains, params Rule[] rules) =>
        new()
        {
            Name = name,
            Domains = [.. domains],
            Rules = [.. rules],
        };

    public static VirtualHost Host(string domain) => Host(domain, [domain]);

    public static RouteTable Table(params VirtualHost[] hosts) => RouteTable.Create("test", "1", [.. hosts]);

    public static WeightedDestinations Weights(params uint[] weights) =>
        new([.. weights.Select((weight, index) => Destination($"c{index}", weight))], new PickState());

    public static WeightedDestination Destination(string cluster, uint weight) =>
        new()
        {
            ClusterName = cluster,
            Cluster = null,
            Weight = weight,
        };

    public static ImmutableArray<WeightedDestination> One(string cluster) => [Destination(cluster, 1)];
}
