using System.Text;
using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RequestHeadTests
{
    [Theory]
    [InlineData("/a/b?x=1&y=2", "/a/b", "x=1&y=2", "/a/b?x=1&y=2")]
    [InlineData("/a/../b%2fc//;p", "/a/../b%2fc//;p", "", "/a/../b%2fc//;p")]
    [InlineData("/a?", "/a", "", "/a?")]
    [InlineData("/a?b?c", "/a", "b?c", "/a?b?c")]
    [InlineData("*", "*", "", "*")]
    [InlineData("http://other:81/p?q", "/p", "q", "/p?q")]
    [InlineData("HTTP://other", "/", "", "/")]
    [InlineData("http://other?q=http://x/", "/", "q=http://x/", "/?q=http://x/")]
    [InlineData("other:443", "other:443", "", "other:443")]
    [InlineData("", "", "", "")]
    public void A_target_is_split_and_kept_byte_for_byte(string target, string path, string query, string originForm)
    {
        var head = Head("reviews", target);

        Assert.Equal(target, AsText(head.Target));
        Assert.Equal(path, AsText(head.Path));
        Assert.Equal(query, AsText(head.Query));
        Assert.Equal(target.Contains('?'), head.HasQuery);
        Assert.Equal(originForm, AsText(head.OriginForm));
        Assert.False(head.HasFragment);
    }

    [Theory]
    [InlineData("/a#f", "/a", "")]
    [InlineData("/a#f?q", "/a", "")]
    [InlineData("/a?q#f", "/a", "q")]
    [InlineData("http://h#f", "/", "")]
    public void A_fragment_is_part_of_neither_path_nor_query_and_is_reported(string target, string path, string query)
    {
        var head = Head("reviews", target);

        Assert.True(head.HasFragment);
        Assert.Equal(path, AsText(head.Path));
        Assert.Equal(query, AsText(head.Query));
    }

    [Theory]
    [InlineData("reviews", "reviews", 0, "reviews")]
    [InlineData("Reviews.Default.SVC:9080", "reviews.default.svc", 9080, "reviews.default.svc:9080")]
    [InlineData("reviews.", "reviews", 0, "reviews")]
    [InlineData("reviews..", "reviews", 0, "reviews")]
    [InlineData("reviews.:80", "reviews", 80, "reviews:80")]
    [InlineData("reviews:", "reviews", 0, "reviews")]
    [InlineData("reviews:007", "reviews", 7, "reviews:7")]
    [InlineData("[::1]", "[::1]", 0, "[::1]")]
    [InlineData("[FE80::1]:8080", "[fe80::1]", 8080, "[fe80::1]:8080")]
    [InlineData("reviews:0", "reviews:0", 0, "reviews:0")]
    [InlineData("reviews:65536", "reviews:65536", 0, "reviews:65536")]
    [InlineData("reviews:+80", "reviews:+80", 0, "reviews:+80")]
    [InlineData("reviews:80x", "reviews:80x", 0, "reviews:80x")]
    [InlineData(".", ".", 0, ".")]
    [InlineData("", "", 0, "")]
    public void The_authority_has_a_normal_form_for_routing(string authority, string host, int port, string hostAndPort)
    {
        var head = Head(authority, "/");

        Assert.Equal(host, AsText(head.Host));
        Assert.Equal(port, head.AuthorityPort);
        Assert.Equal(hostAndPort, AsText(head.Authority));
    }

    [Fact]
    public void An_absolute_form_target_replaces_the_authority_and_scheme()
    {
        var head = Head("innocent", "HTTPS://Ratings:9080/x", ("host", "innocent"));

        Assert.Equal("ratings:9080", AsText(head.Authority));
        Assert.Equal("ratings", AsText(head.Host));
        Assert.Equal("https", AsText(head.Scheme));
        Assert.True(head.TryGet("host"u8, out var host));
        Assert.Equal("ratings:9080", AsText(host));
    }

    [Fact]
    public void Headers_are_read_by_position_id_and_name()
    {
        var head = Head("h", "/", ("Content-Type", "text/plain"), ("X-Shop", "Ärger\u00ff"));

        Assert.Equal(2, head.HeaderCount);
        Assert.Equal("content-type", AsText(head.HeaderName(0)));
        Assert.Equal(KnownHeader.ContentType, head.HeaderId(0));
        Assert.Equal(KnownHeader.None, head.HeaderId(1));
        Assert.Equal("Ärger\u00ff", AsText(head.HeaderValue(1)));
        Assert.True(head.TryGet(KnownHeader.ContentType, out var type));
        Assert.Equal("text/plain", AsText(type));
        Assert.True(head.TryGet("x-shop"u8, out var shop));
        Assert.Equal("Ärger\u00ff", AsText(shop));
        Assert.False(head.TryGet("x-shoq"u8, out _));
        Assert.False(head.TryGet(KnownHeader.Cookie, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => AsText(head.HeaderName(2)));
    }

    [Fact]
    public void Pseudo_headers_answer_from_the_request_line()
    {
        var head = Head("POST", "Reviews:9080", "/a?b", []);

        foreach (
            var (name, expected) in new[] { (":method", "POST"), (":scheme", "http"), (":authority", "reviews:9080"), (":path", "/a?b") }
        )
        {
            Assert.True(head.TryGet(Encoding.ASCII.GetBytes(name), out var value));
            Assert.Equal(expected, AsText(value));
        }

        Assert.False(head.TryGet(":status"u8, out _));
    }

    [Fact]
    public void Repeated_headers_read_as_one_joined_value_and_still_line_by_line()
    {
        var head = Head(
            "h",
            "/",
            ("x-a", ""),
            ("Cookie", "a=1"),
            ("X-A", "2"),
            ("cookie", "b=2"),
            ("x-a", "3"),
            ("user-agent", "u"),
            ("user-agent", "v")
        );

        for (var round = 0; round < 2; round++)
        {
            Assert.True(head.TryGet("x-a"u8, out var joined));
            Assert.Equal(",2,3", AsText(joined));
            Assert.True(head.TryGet(KnownHeader.Cookie, out var cookie));
            Assert.Equal("a=1; b=2", AsText(cookie));
            Assert.True(head.TryGet("user-agent"u8, out var agent));
            Assert.Equal("u,v", AsText(agent));
        }

        Assert.Equal(7, head.HeaderCount);
        Assert.Equal("2", AsText(head.HeaderValue(2)));
        Assert.True(head.AddHeader("x-a", "4"));
        Assert.True(head.TryGet("x-a"u8, out var longer));
        Assert.Equal(",2,3,4", AsText(longer));
    }

    [Fact]
    public void A_span_stays_readable_when_the_buffer_grows()
    {
        var head = Head("h", "/path", ("x-first", "one"));
        var path = head.Path;
        head.TryGet("x-first"u8, out var first);

        Assert.True(head.AddHeader("x-long", new string('x', 100_000)));

        Assert.Equal("/path", AsText(path));
        Assert.Equal("one", AsText(first));
        Assert.Equal("/path", AsText(head.Path));
    }

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc;charset=utf-8", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/json", false)]
    public void Grpc_is_told_by_content_type(string type, bool expected) =>
        Assert.Equal(expected, Head("h", "/", ("content-type", type)).IsGrpc);

    [Fact]
    public void Every_known_header_is_found_by_its_name_and_nothing_else_is()
    {
        foreach (var header in Enum.GetValues<KnownHeader>().Where(header => header != KnownHeader.None))
        {
            var name = string.Concat(
                header
                    .ToString()
                    .Select((c, i) => char.IsUpper(c) && i > 0 ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString())
            );
            Assert.Equal(header, KnownHeaders.Of(Encoding.ASCII.GetBytes(name)));
            Assert.Equal(KnownHeader.None, KnownHeaders.Of(Encoding.ASCII.GetBytes(name[..^1] + "~")));
            Assert.Equal(KnownHeader.None, KnownHeaders.Of(Encoding.ASCII.GetBytes(name + "s")));
        }
    }

    [Fact]
    public void What_exceeds_the_limits_is_refused_and_the_next_request_is_served()
    {
        var head = new RequestHead();
        Assert.False(head.Begin(HttpVersionKind.Http11, "GET", "http", "h", "/" + new string('x', RequestHead.MaxBytes)));
        Assert.True(head.Begin(HttpVersionKind.Http11, "GET", "http", "h", "/"));
        Assert.False(head.AddHeader("x", new string('x', RequestHead.MaxBytes)));
        for (var i = 0; i < RequestHead.MaxHeaders; i++)
        {
            Assert.True(head.AddHeader("x", "y"));
        }

        Assert.False(head.AddHeader("x", "y"));
        Assert.True(head.Begin(HttpVersionKind.Http2, "GET", "http", "h", "/next"));
        Assert.Equal(0, head.HeaderCount);
        Assert.False(head.TryGet("x"u8, out _));
        Assert.Equal(HttpVersionKind.Http2, head.Version);
    }
}
