using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RequestHeadEditsTests
{
    [Fact]
    public void Removed_headers_are_gone_for_every_way_of_asking()
    {
        var head = Head("shop", "/", ("cookie", "a=1"), ("x-a", "1"), ("cookie", "b=2"), ("user-agent", "u"), ("x-a", "2"));

        head.RemoveHeaders("x-a"u8);
        head.RemoveHeader(0);

        Assert.Equal(2, head.HeaderCount);
        Assert.False(head.TryGet("x-a"u8, out _));
        Assert.True(head.TryGet(KnownHeader.Cookie, out var cookie));
        Assert.Equal("b=2", AsText(cookie));
        Assert.True(head.TryGet(KnownHeader.UserAgent, out var agent));
        Assert.Equal("u", AsText(agent));
    }

    [Fact]
    public void A_replaced_value_is_read_joined_too()
    {
        var head = Head("shop", "/", ("cookie", "a=1"), ("cookie", "b=2"));
        Assert.True(head.TryGet(KnownHeader.Cookie, out _));

        head.ReplaceValue(0, "c=3"u8);

        Assert.True(head.TryGet(KnownHeader.Cookie, out var joined));
        Assert.Equal("c=3; b=2", AsText(joined));
    }

    [Theory]
    [InlineData("/p?a=1&t=2&b", "/p?a=1&b")]
    [InlineData("/p?t=2", "/p")]
    [InlineData("/p?t=2&t=3&&c", "/p?&c")]
    [InlineData("/p?", "/p")]
    [InlineData("/p", "/p")]
    public void Removed_parameters_leave_the_others_as_they_were(string target, string expected)
    {
        var head = Head("shop", target);

        head.RemoveParameters(0, static (parameter, _) => parameter.StartsWith("t="u8));

        Assert.Equal(expected, AsText(head.OriginForm));
        Assert.Equal("/p", AsText(head.Path));
        Assert.Equal(expected.Contains('?', StringComparison.Ordinal), head.HasQuery);
    }
}
