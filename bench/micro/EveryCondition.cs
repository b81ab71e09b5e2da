using System.Text.RegularExpressions;
using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Routing;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Bench;

/// <summary>Routing one request among 1,000 rules of one host that ask for everything a rule can ask for; the one that takes it asks for all at once.</summary>
public class EveryCondition
{
    private const int Rules = 1000;

    private readonly RequestHead _head = new();
    private readonly HeaderCondition _cookie = new("cookie", Regex("(.*; )?group=beta(;.*)?"));
    private RouteTable _table = null!;

    [GlobalSetup]
    public void Setup()
    {
        _table = RouteTable.Create(
            "9080",
            "1",
            [
                new VirtualHost
                {
                    Name = "shop",
                    Domains = ["*"],
                    Rules = [.. Enumerable.Range(0, Rules).Select(index => index == Rules - 1 ? Taking(index) : Passed(index))],
                },
            ]
        );
        var filled = _head.Begin(HttpVersionKind.Http11, "GET"u8, "http"u8, "shop:9080"u8, "/items/4711?page=2&sort=price"u8);
        filled &= _head.AddHeader("Host"u8, "shop:9080"u8);
        filled &= _head.AddHeader("Cookie"u8, "session=0123456789abcdef; theme=dark; group=beta"u8);
        filled &= _head.AddHeader("End-User"u8, "anna"u8);
        filled &= _head.AddHeader("X-Region"u8, "eu-west"u8);
        filled &= _head.AddHeader("X-Retry"u8, "3"u8);
        filled &= _head.AddHeader("X-Tenant"u8, "t4711"u8);
        filled &= _head.AddHeader("Content-Type"u8, "application/grpc+proto"u8);
        if (!filled || _table.Plan(_head).Rule?.Name != $"rule-{Rules - 1}")
        {
            throw new InvalidOperationException("The request is not taken by the last rule.");
        }
    }

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? PlanAmong1000RulesWithEveryCondition() => _table.Plan(_head).Rule;

    /// <summary>What a regex costs that has to look through a whole cookie header of 48 bytes.</summary>
    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public bool CookieByRegex() => _cookie.Holds(_head);

    // Paths of their own, as many rules have; a few of the request's own path, which fail at another condition each.
    private static Rule Passed(int index) =>
        index switch
        {
            100 => Rule(index, Items(), new HeaderCondition(":method", ValueMatch.Exact("POST"))),
            200 => Rule(index, Items(), new HeaderCondition("end-user", ValueMatch.Prefix("bob"))),
            300 => Rule(index, Items(), new HeaderCondition("x-region", ValueMatch.Present, invert: true)),
            400 => Rule(index, Items(), new QueryCondition("page", ValueMatch.Exact("1"))),
            500 => Rule(index, new PathCondition(PathMatchKind.Prefix, "/BASKET", ignoreCase: true)),
            _ when index % 10 == 7 => Rule(index, new PathCondition(FullMatch($"/basket-{index}/[0-9]+"), $"/basket-{index}/[0-9]+")),
            _ when index % 2 == 0 => Rule(index, new PathCondition(PathMatchKind.Prefix, $"/section-{index}/")),
            _ => Rule(index, new PathCondition(PathMatchKind.Exact, $"/page-{index}.html"), new QueryCondition("q", ValueMatch.Present)),
        };

    private static Rule Taking(int index) =>
        Rule(
            index,
            Items(),
            new HeaderCondition(":method", ValueMatch.Exact("GET")),
            new HeaderCondition(":scheme", ValueMatch.Exact("http")),
            new HeaderCondition(":authority", ValueMatch.Prefix("shop")),
            new HeaderCondition("end-user", ValueMatch.Exact("anna")),
            new HeaderCondition("x-tenant", Regex("t[0-9]+")),
            new HeaderCondition("cookie", Regex("(.*; )?group=beta(;.*)?")),
            new HeaderCondition("x-region", ValueMatch.Suffix("west")),
            new HeaderCondition("x-retry", ValueMatch.Range(1, 9)),
            new HeaderCondition("x-debug", ValueMatch.Present, invert: true),
            new HeaderCondition("x-group", ValueMatch.Exact("old"), invert: true, treatMissingAsEmpty: true),
            new QueryCondition("page", ValueMatch.Exact("2")),
            new QueryCondition("sort", ValueMatch.Present),
            GrpcCondition.Instance
        );

    private static ValueMatch Regex(string pattern) => ValueMatch.Regex(FullMatch(pattern), pattern);

    private static PathCondition Items() => new(PathMatchKind.Prefix, "/items/");

    private static Rule Rule(int index, PathCondition? path, params RouteCondition[] others) =>
        new()
        {
            Name = $"rule-{index}",
            Conditions = new RouteConditions(path, [.. others]),
            Action = new RuleAction.Forward { Destinations = Pick.Destinations(80, 20) },
        };

    private static Regex FullMatch(string pattern) =>
        new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
