using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>The words for people; that the decision is the table's own is held in <see cref="RouteDifferentialTests"/>.</summary>
public sealed class RouteExplanationTests
{
    [Fact]
    public void Every_rule_before_says_its_first_failing_condition_and_what_the_request_has()
    {
        var table = Table(
            Host(
                "shop",
                ["shop"],
                Rule("path", Prefix("/api"), new HeaderCondition("x", ValueMatch.Exact("1"))),
                Rule("header", null, new HeaderCondition("End-User", ValueMatch.Exact("jason"))),
                Rule("method", null, new HeaderCondition(":method", ValueMatch.Exact("POST"))),
                Rule("absent", null, new HeaderCondition("x-debug", ValueMatch.Present, invert: true)),
                Rule("query", null, new QueryCondition("version", ValueMatch.Prefix("2"))),
                Rule("no-query", null, new QueryCondition("debug", ValueMatch.Present)),
                Rule("grpc", null, GrpcCondition.Instance),
                Rule("regex", new PathCondition(FullMatch("/v[0-9]+"), "/v[0-9]+")),
                Rule("takes", Prefix("/cart")),
                Rule("after", null)
            )
        );
        var head = Head("shop", "/cart/7?version=1", ("x-debug", "on"), ("content-type", "text/plain"));

        var explained = RouteExplanation.Of(table, head);

        Assert.Equal(
            [
                "path: path begins with '/api', has '/cart/7'",
                "header: header 'end-user' is 'jason', has no header 'end-user'",
                "method: header ':method' is 'POST', has 'GET'",
                "absent: header 'x-debug' is absent, has 'on'",
                "query: query parameter 'version' begins with '2', has '1'",
                "no-query: query parameter 'debug' is present, has no query parameter 'debug'",
                "grpc: request is gRPC, has content-type 'text/plain'",
                "regex: path matches '/v[0-9]+', has '/cart/7'",
            ],
            explained.Rejected.Select(rejected => $"{rejected.Rule.Name}: {rejected.Condition}, has {rejected.Found}")
        );
        Assert.Equal(("takes", 8, 1), (explained.Rule?.Name, explained.Index, explained.NotAsked));
    }

    [Fact]
    public void Where_nothing_takes_the_request_all_rules_are_rejected()
    {
        var explained = RouteExplanation.Of(Table(Host("shop", ["shop"], Rule("a", Path("/a")))), Head("shop", "/b"));

        Assert.Equal((null, 0), (explained.Rule, explained.NotAsked));
        Assert.Equal("a", Assert.Single(explained.Rejected).Rule.Name);
    }

    [Fact]
    public void An_unknown_authority_has_no_virtual_host()
    {
        var explained = RouteExplanation.Of(Table(Host("shop")), Head("elsewhere", "/"));

        Assert.Null(explained.VirtualHost);
        Assert.Null(explained.Rule);
        Assert.Empty(explained.Rejected);
    }
}
