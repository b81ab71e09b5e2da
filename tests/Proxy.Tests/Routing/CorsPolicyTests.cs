using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Cors;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class CorsPolicyTests
{
    private static readonly CorsPolicy Full = new()
    {
        Origins =
        [
            ValueMatch.Exact("https://shop.example"),
            ValueMatch.Prefix("https://dev."),
            ValueMatch.Regex(FullMatch("https://[a-z]+\\.test")),
        ],
        AllowMethods = "GET,POST",
        AllowHeaders = "x-user",
        ExposeHeaders = "x-answer,x-other",
        MaxAge = "86400",
        AllowCredentials = true,
    };

    [Fact]
    public void A_request_without_origin_is_left_alone() => Assert.Equal(CorsVerdict.Pass, Full.Decide(Head("s", "/")).Verdict);

    [Theory]
    [InlineData("https://shop.example")]
    [InlineData("https://dev.anything:8443")]
    [InlineData("https://abc.test")]
    public void The_answer_to_an_allowed_origin_says_so(string origin)
    {
        var decision = Full.Decide(Head("s", "/", ("origin", origin)));
        Assert.Equal(CorsVerdict.Mark, decision.Verdict);
        Assert.Equal(
            [
                $"access-control-allow-origin: {origin}",
                "access-control-allow-credentials: true",
                "access-control-expose-headers: x-answer,x-other",
            ],
            Lines(decision)
        );
    }

    [Theory]
    [InlineData("https://shop.example.evil")]
    [InlineData("http://shop.example")]
    [InlineData("https://abc.tests")]
    [InlineData("https://SHOP.example")]
    [InlineData("https://dév.x")]
    public void Other_origins_get_nothing(string origin) =>
        Assert.Equal(CorsVerdict.Pass, Full.Decide(Head("s", "/", ("origin", origin))).Verdict);

    [Fact]
    public void A_preflight_is_answered_with_everything_that_is_allowed()
    {
        var decision = Full.Decide(Preflight("https://shop.example"));
        Assert.Equal(CorsVerdict.Answer, decision.Verdict);
        Assert.Equal(
            [
                "access-control-allow-origin: https://shop.example",
                "access-control-allow-credentials: true",
                "access-control-allow-methods: GET,POST",
                "access-control-allow-headers: x-user",
                "access-control-max-age: 86400",
            ],
            Lines(decision)
        );
    }

    [Fact]
    public void OPTIONS_without_a_requested_method_is_no_preflight() =>
        Assert.Equal(CorsVerdict.Mark, Full.Decide(Head("OPTIONS", "s", "/", [("origin", "https://shop.example")])).Verdict);

    [Fact]
    public void A_star_repeats_what_the_preflight_asks_for()
    {
        var policy = new CorsPolicy
        {
            Origins = [ValueMatch.Exact("*")],
            AllowMethods = "*",
            AllowHeaders = "*",
        };
        Assert.Equal(
            ["access-control-allow-origin: null", "access-control-allow-methods: PUT", "access-control-allow-headers: x-a,x-b"],
            Lines(policy.Decide(Preflight("null")))
        );
    }

    [Fact]
    public void A_preflight_of_another_origin_goes_on_or_is_answered_bare()
    {
        var preflight = Preflight("https://evil.example");
        Assert.Equal(CorsVerdict.Pass, Full.Decide(preflight).Verdict);
        var closed = new CorsPolicy { Origins = Full.Origins, ForwardUnmatchedPreflights = false };
        var decision = closed.Decide(preflight);
        Assert.Equal(CorsVerdict.Answer, decision.Verdict);
        Assert.True(decision.Edits.IsEmpty);
    }

    [Fact]
    public void Requests_of_one_origin_share_their_edits()
    {
        var head = Head("s", "/", ("origin", "https://shop.example"));
        var first = Full.Decide(head);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Full.Decide(head);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Same(first.Edits, Full.Decide(head).Edits);
    }

    private static RequestHead Preflight(string origin) =>
        Head(
            "OPTIONS",
            "s",
            "/",
            [("origin", origin), ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a,x-b")]
        );

    private static string[] Lines(CorsDecision decision)
    {
        Assert.All(decision.Edits.Edits, edit => Assert.Equal(HeaderEditKind.Set, edit.Kind));
        return [.. decision.Edits.Edits.Select(edit => $"{edit.Name}: {edit.Value}")];
    }
}
