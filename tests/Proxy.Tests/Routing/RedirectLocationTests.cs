using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RedirectLocationTests
{
    [Theory]
    [InlineData("Shop:8080", null, null, 0, "http://shop:8080/a?b")]
    [InlineData("shop:80", null, null, 0, "http://shop:80/a?b")]
    [InlineData("shop:80", "https", null, 0, "https://shop/a?b")]
    [InlineData("shop:8080", "https", null, 0, "https://shop:8080/a?b")]
    [InlineData("[::1]:80", "https", null, 0, "https://[::1]/a?b")]
    [InlineData("[::1]", "https", null, 0, "https://[::1]/a?b")]
    [InlineData("shop:8080", null, null, 9090, "http://shop:9090/a?b")]
    [InlineData("shop:8080", null, null, 80, "http://shop/a?b")]
    [InlineData("shop:8080", "https", null, 443, "https://shop/a?b")]
    [InlineData("shop:8080", "https", null, 80, "https://shop:80/a?b")]
    [InlineData("shop:8080", null, "new", 0, "http://new/a?b")]
    [InlineData("shop:8080", null, "new:1", 0, "http://new:1/a?b")]
    [InlineData("shop:8080", null, "new", 81, "http://new:81/a?b")]
    public void Scheme_host_and_port_are_replaced_and_default_ports_left_out(
        string authority,
        string? scheme,
        string? host,
        int port,
        string expected
    ) =>
        Assert.Equal(
            expected,
            Location(
                Head(authority, "/a?b"),
                new RuleAction.Redirect
                {
                    Scheme = scheme,
                    Host = host,
                    Port = port,
                }
            )
        );

    [Fact]
    public void The_scheme_of_the_request_decides_which_port_is_default()
    {
        var head = new RequestHead();
        head.Begin(HttpVersionKind.Http2, "GET", "https", "shop:443", "/");

        Assert.Equal("https://shop:443/", Location(head, new RuleAction.Redirect()));
        Assert.Equal("http://shop/", Location(head, new RuleAction.Redirect { Scheme = "http" }));
        Assert.Equal("https://shop/", Location(head, new RuleAction.Redirect { Port = 443 }));
    }

    [Theory]
    [InlineData("/new", null, false, "/new?b=%20c")]
    [InlineData("new", null, false, "/new?b=%20c")]
    [InlineData("/new?own=1", null, false, "/new?own=1")]
    [InlineData("/new?own=1", null, true, "/new?own=1")]
    [InlineData("/new", null, true, "/new")]
    [InlineData(null, "/v2", false, "/v2/x?b=%20c")]
    [InlineData(null, "/v2", true, "/v2/x")]
    [InlineData(null, null, true, "/old/x")]
    [InlineData("/\u00fc", null, true, "/\u00c3\u00bc")]
    public void Path_or_prefix_is_replaced_and_the_query_kept(string? path, string? prefix, bool stripQuery, string expected) =>
        Assert.Equal(
            "http://shop" + expected,
            Location(
                Head("shop", "/old/x?b=%20c"),
                new RuleAction.Redirect
                {
                    Path = path,
                    PrefixRewrite = prefix,
                    StripQuery = stripQuery,
                }
            )
        );

    [Fact]
    public void A_buffer_that_is_too_small_is_reported()
    {
        var head = Head("shop", "/old/x?b");
        for (var size = 0; size < "http://shop/old/x?b".Length; size++)
        {
            Assert.False(RedirectLocation.TryWrite(head, new RuleAction.Redirect(), RouteConditions.Any, new byte[size], out _));
        }
    }

    private static string Location(RequestHead head, RuleAction.Redirect redirect)
    {
        var buffer = new byte[256];
        Assert.True(RedirectLocation.TryWrite(head, redirect, new RouteConditions(Prefix("/old")), buffer, out var written));
        return AsText(buffer.AsSpan(0, written));
    }
}
