using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

public sealed class HeadWriterTests
{
    private const string Get = "GET /x?y HTTP/1.1\r\nHost: a:80\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private readonly HeadWriting _writing = new();

    [Fact]
    public void A_request_goes_on_with_its_headers_in_order() =>
        Assert.Equal(
            "GET /x?y HTTP/1.1\r\nhost: a:80\r\nx-b: caf\u00e9\r\nx-a: 1\r\nx-a: 2\r\n\r\n",
            _writing.Request(Get + "X-B: caf\u00e9\r\nX-A: 1\r\nX-A: 2\r\n\r\n")
        );

    [Fact]
    public void Target_and_authority_may_be_rewritten() =>
        Assert.Equal("GET /new HTTP/1.1\r\nhost: b\r\n\r\n", _writing.Request(Get + "\r\n", target: "/new", authority: "b"));

    [Theory]
    [InlineData("/a b", "b")]
    [InlineData("/a\r\nx: y", "b")]
    [InlineData("/a#b", "b")]
    [InlineData("", "b")]
    [InlineData("/a", "b\r\nx: y")]
    public void A_rewrite_that_would_break_the_line_is_not_written(string target, string authority) =>
        Assert.Equal("refused", _writing.Request(Get + "\r\n", target: target, authority: authority));

    [Fact]
    public void An_absolute_form_goes_on_as_origin_form_with_its_own_host() =>
        Assert.Equal("GET /?q HTTP/1.1\r\nhost: a\r\n\r\n", _writing.Request("GET http://a?q HTTP/1.1\r\nHost: a:80\r\n\r\n"));

    [Fact]
    public void What_belongs_to_the_connection_stays_there() =>
        Assert.Equal(
            "GET /x?y HTTP/1.1\r\nhost: a:80\r\nx-b: 2\r\nte: trailers\r\nconnection: te\r\n\r\n",
            _writing.Request(
                Get
                    + "Connection: keep-alive, X-A\r\nX-A: 1\r\nX-B: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: trailers\r\n"
                    + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: x-c , Upgrade\r\nX-C: 3\r\n\r\n"
            )
        );

    [Fact]
    public void Connection_cannot_take_framing_and_addressing_away() =>
        Assert.Equal(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n",
            _writing.Request(Post + "Connection: Host, Content-Length\r\nContent-Length: 2\r\n\r\n")
        );

    [Fact]
    public void Connection_takes_away_from_responses_too() =>
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nx-b: 2\r\ncontent-length: 0\r\n\r\n",
            _writing.Response(Ok + "Connection: X-A\r\nX-A: 1\r\nX-B: 2\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n")
        );

    [Theory]
    [InlineData("Content-Length: 007\r\n", "content-length: 7\r\n")]
    [InlineData("Content-Length: 0\r\n", "content-length: 0\r\n")]
    [InlineData("Transfer-Encoding: CHUNKED\r\n", "transfer-encoding: chunked\r\n")]
    [InlineData("", "")]
    public void Framing_is_written_in_our_own_words(string given, string written) =>
        Assert.Equal("POST / HTTP/1.1\r\nhost: a\r\n" + written + "\r\n", _writing.Request(Post + given + "\r\n"));

    [Fact]
    public void Framing_follows_the_body_that_is_written()
    {
        var head = Post + "Content-Length: 7\r\n\r\n";
        Assert.EndsWith("transfer-encoding: chunked\r\n\r\n", _writing.Request(head, body: Http1BodyLength.Chunked));
        Assert.DoesNotContain("content-length", _writing.Request(head, body: Http1BodyLength.Chunked));
        Assert.EndsWith("content-length: 9\r\n\r\n", _writing.Request(head, body: Http1BodyLength.Fixed(9)));
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
            _writing.Response(
                Ok + "Transfer-Encoding: chunked\r\n\r\n",
                body: Http1BodyLength.UntilClose,
                persistence: Http1Persistence.Close
            )
        );
    }

    [Theory]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", "content-length: 5\r\n")]
    [InlineData(Ok + "Content-Length: 5\r\n\r\n", "HEAD", "content-length: 5\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "GET", "")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n", "GET", "")]
    public void A_length_without_a_body_goes_on_where_it_means_something(string head, string method, string expected)
    {
        var written = _writing.Response(head, method: method);
        Assert.Equal(head[..(head.IndexOf('\n', StringComparison.Ordinal) + 1)] + expected + "\r\n", written);
    }

    [Fact]
    public void Each_persistence_says_what_it_means()
    {
        Assert.Contains("\r\nconnection: close\r\n", _writing.Request(Get + "\r\n", persistence: Http1Persistence.Close));
        Assert.Contains("\r\nconnection: keep-alive\r\n", _writing.Request(Get + "\r\n", persistence: Http1Persistence.KeepAlive));
        Assert.Equal(
            "GET /x?y HTTP/1.1\r\nhost: a:80\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            _writing.Request(Get + "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", persistence: Http1Persistence.Upgrade)
        );
        Assert.Equal(
            "HTTP/1.1 101 Go\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            _writing.Response("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", persistence: Http1Persistence.Upgrade)
        );
    }

    [Fact]
    public void Edits_remove_set_and_add_in_their_order()
    {
        var edits = new HeaderEdits([
            new(HeaderEditKind.Add, "x-a", "lost"),
            new(HeaderEditKind.Remove, "x-a", ""),
            new(HeaderEditKind.Add, "x-a", "new"),
            new(HeaderEditKind.Set, "x-b", "first"),
            new(HeaderEditKind.Set, "x-b", "second"),
            new(HeaderEditKind.Add, "x-b", "third"),
            new(HeaderEditKind.Add, "x-c", "caf\u00e9"),
        ]);
        Assert.Equal(
            "GET /x?y HTTP/1.1\r\nhost: a:80\r\nx-c: 0\r\nx-a: new\r\nx-b: second\r\nx-b: third\r\nx-c: caf\u00c3\u00a9\r\n\r\n",
            _writing.Request(Get + "X-A: 1\r\nx-b: 2\r\nx-a: 3\r\nX-C: 0\r\n\r\n", edits)
        );
    }

    [Fact]
    public void Edits_take_the_headers_that_we_add_too()
    {
        var edits = HeaderEdits.Create(["x-mine"], [new("server", "s")], []);
        Assert.Equal(
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-other: 2\r\nserver: s\r\n\r\n",
            _writing.Response(
                Ok + "Server: x\r\nContent-Length: 0\r\n\r\n",
                edits,
                more: [("x-mine", "1"), ("x-other", "2"), ("server", "y")]
            )
        );
    }

    [Theory]
    [InlineData("host")]
    [InlineData(":authority")]
    public void An_edit_of_the_host_replaces_it_and_cannot_remove_it(string name)
    {
        Assert.Equal(
            "GET /x?y HTTP/1.1\r\nhost: b\r\n\r\n",
            _writing.Request(Get + "\r\n", HeaderEdits.Create([name], [new(name, "b")], []))
        );
        Assert.Equal("GET /x?y HTTP/1.1\r\nhost: a:80\r\n\r\n", _writing.Request(Get + "\r\n", HeaderEdits.Create([name], [], [])));
    }

    [Theory]
    [InlineData("content-length", "7")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("connection", "close")]
    [InlineData("upgrade", "h2c")]
    [InlineData("x-a", "1\r\nx-b: 2")]
    [InlineData("x-a", "1\0")]
    [InlineData("host", "b\r\nx-b: 2")]
    [InlineData("x-a: 1\r\nx-b", "2")]
    [InlineData("", "2")]
    public void An_edit_that_would_frame_anew_or_break_the_line_does_nothing(string name, string value)
    {
        var head = Post + "X-A: 0\r\nContent-Length: 2\r\n\r\n";
        Assert.Equal(_writing.Request(head), _writing.Request(head, HeaderEdits.Create([], [new(name, value)], [new(name, value)])));
    }

    [Fact]
    public void A_head_larger_than_the_outputs_blocks_is_written_whole()
    {
        var many = string.Concat(Enumerable.Range(0, 90).Select(i => $"x-{i}: {new string('v', 500)}\r\n"));
        Assert.Equal("GET /x?y HTTP/1.1\r\nhost: a:80\r\n" + many + "\r\n", _writing.Request(Get + many + "\r\n"));
    }
}
