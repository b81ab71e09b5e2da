using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// HTTP/2 requests that would be something else once they are written as HTTP/1.1 (RFC 9113 sections 8.1.1, 8.2 and 10.3). Whatever becomes of them, the
/// upstream sees whole, sound requests and no more of them than were sent.
/// </summary>
public sealed class HostileHttp2RequestTests
{
    private const string Evil = "x\r\nevil: 1\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil";

    public static TheoryData<string, (string, string)[], string[]> Requests
    {
        get
        {
            var data = new TheoryData<string, (string, string)[], string[]>();
            void Get(string what, params (string, string)[] more) => data.Add(what, [.. Head("GET", "/", "reviews"), .. more], []);
            void Post(string what, string[] body, params (string, string)[] more) =>
                data.Add(what, [.. Head("POST", "/", "reviews"), .. more], body);

            Get("line breaks in a value", ("x-a", Evil));
            Get("a line feed in a value", ("x-a", "x\nevil: 1"));
            Get("a carriage return in a value", ("x-a", "x\revil: 1"));
            Get("NUL in a value", ("x-a", "x\0evil"));
            Get("line breaks in a name", ("x-a: 1\r\nevil", "1"));
            Get("a colon in a name", ("x-a:evil", "1"));
            Get("a space in a name", ("x-a evil", "1"));
            Get("upper case in a name", ("X-Evil", "1"));
            Get("an empty name", ("", "evil"));
            Get("a connection header", ("connection", "close, evil"));
            Get("an upgrade header", ("upgrade", "h2c"), ("connection", "upgrade"));
            Get("a proxy's connection header", ("proxy-connection", "keep-alive"));
            Get("a keep-alive header", ("keep-alive", "timeout=5"));
            Get("another TE", ("te", "gzip"));
            Get("another host", ("host", "evil"));
            Get("two hosts", ("host", "reviews"), ("host", "evil"));
            Get("chunked without a body", ("transfer-encoding", "chunked"));
            Get("a pseudo-header behind the others", ("x-a", "1"), (":path", "/evil"));
            Get("a pseudo-header twice", (":path", "/evil"));
            Get("a pseudo-header of responses", (":status", "200"));
            Get("an unknown pseudo-header", (":evil", "1"));
            Get("a length without a body", ("content-length", "5"));
            Post("chunked with a body", ["0\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil\r\n\r\n"], ("transfer-encoding", "chunked"));
            Post("chunked and a length", ["0\r\n\r\n"], ("transfer-encoding", "chunked"), ("content-length", "5"));
            Post("more than announced", ["abcGET /evil HTTP/1.1\r\nhost: evil\r\n\r\n"], ("content-length", "3"));
            Post("more than announced, later", ["abc", "GET /evil HTTP/1.1\r\nhost: evil\r\n\r\n"], ("content-length", "3"));
            Post("less than announced", ["abc"], ("content-length", "10"));
            Post("two lengths", ["abc"], ("content-length", "3"), ("content-length", "5"));
            Post("a list of lengths", ["abc"], ("content-length", "3, 3"));
            Post("a signed length", ["abc"], ("content-length", "+3"));
            Post("a length with line breaks", ["abc"], ("content-length", "3\r\nevil: 1"));
            Post("chunks in its body", ["3\r\nabc\r\n0\r\n\r\n"]);
            data.Add("line breaks in the path", Head("GET", "/ HTTP/1.1\r\nevil: 1\r\n\r\n", "reviews"), []);
            data.Add("a space in the path", Head("GET", "/a HTTP/1.1 evil", "reviews"), []);
            data.Add("a space behind the path", Head("GET", "/a ", "reviews"), []);
            data.Add("a tab in the path", Head("GET", "/a\tb", "reviews"), []);
            data.Add("a path that is none", Head("GET", "evil", "reviews"), []);
            data.Add("an empty path", Head("GET", "", "reviews"), []);
            data.Add("an absolute path", Head("GET", "http://evil/", "reviews"), []);
            data.Add("an asterisk", Head("GET", "*", "reviews"), []);
            data.Add("line breaks in the method", Head("GET / HTTP/1.1\r\nevil: 1\r\n\r\nGET", "/", "reviews"), []);
            data.Add("a space in the method", Head("GET /evil", "/", "reviews"), []);
            data.Add("an empty method", Head("", "/", "reviews"), []);
            data.Add("line breaks in the authority", Head("GET", "/", Evil), []);
            data.Add("a path in the authority", Head("GET", "/", "reviews/evil"), []);
            data.Add("a user in the authority", Head("GET", "/", "evil@reviews"), []);
            data.Add("a space in the authority", Head("GET", "/", "reviews evil"), []);
            data.Add("line breaks in the scheme", [(":method", "GET"), (":scheme", Evil), (":path", "/"), (":authority", "reviews")], []);
            data.Add("line breaks in the protocol", [.. Head("CONNECT", "/", "reviews"), (":protocol", Evil)], []);
            data.Add("a protocol nobody knows", [.. Head("CONNECT", "/", "reviews"), (":protocol", "evil")], []);
            data.Add("CONNECT", [(":method", "CONNECT"), (":authority", "evil:22")], []);
            data.Add("no method", [(":scheme", "http"), (":path", "/"), (":authority", "reviews")], []);
            data.Add("no path", [(":method", "GET"), (":scheme", "http"), (":authority", "reviews")], []);
            data.Add("no scheme", [(":method", "GET"), (":path", "/"), (":authority", "reviews")], []);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_upstream_sees_sound_requests_and_no_others(string what, (string, string)[] head, string[] body)
    {
        var received = new ConcurrentBag<MemoryStream>();
        await using var upstream = Recording(received);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        await using (var client = await Http2Peer.ConnectAsync(proxy.Outbound))
        {
            var last = body.Length == 0 ? Http2Wire.EndStream : 0;
            List<byte[]> frames = [Http2Wire.Frame(Http2Wire.Headers, (byte)(Http2Wire.EndHeaders | last), 1, Http2Wire.Block(head))];
            for (var i = 0; i < body.Length; i++)
            {
                last = i == body.Length - 1 ? Http2Wire.EndStream : (byte)0;
                frames.Add(Http2Wire.Frame(Http2Wire.Data, (byte)last, 1, Encoding.Latin1.GetBytes(body[i])));
            }

            await client.SendAsync([.. frames]);
            // An answer, or the end of stream or connection.
            await client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway || frame.EndsStream);
        }

        await ServesAsync(proxy);
        Assert.All(received, connection => CheckSound(what, connection.ToArray()));
    }

    [Theory]
    [InlineData("/a b")]
    [InlineData("/a\tb")]
    [InlineData("/a#b")]
    [InlineData("/a", "transfer-encoding", "chunked")]
    [InlineData("/a", "upgrade", "h2c")]
    [InlineData("/a", "keep-alive", "timeout=5")]
    [InlineData("/a", "proxy-connection", "keep-alive")]
    public async Task What_only_HTTP_1_1_would_read_in_it_is_refused_and_costs_no_connection(
        string path,
        string? name = null,
        string value = ""
    )
    {
        await using var upstream = Recording([]);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        (string, string)[] head = [.. Head("GET", path, "reviews"), .. name is null ? [] : new[] { (name, value) }];

        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Block(head)));
        await client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway || frame.EndsStream);

        Assert.Equal(0, upstream.Connections);
        await ServesAsync(proxy);
    }

    [Theory]
    [InlineData("x-a", "x\r\nevil: 1\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil\r\n\r\n")]
    [InlineData("x-a", "x\nevil: 1")]
    [InlineData("x-a: 1\r\nevil", "1")]
    [InlineData("x-a\r\n\r\nGET /evil HTTP/1.1\r\nhost: evil\r\n\r\n", "1")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("content-length", "1")]
    [InlineData("host", "evil")]
    [InlineData("evil evil", "1")]
    public async Task Trailers_are_lines_of_their_section_or_nothing(string name, string value)
    {
        var received = new ConcurrentBag<MemoryStream>();
        await using var upstream = Recording(received);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        await using (var client = await Http2Peer.ConnectAsync(proxy.Outbound))
        {
            await client.SendAsync(
                Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/")),
                Http2Wire.Frame(Http2Wire.Data, 0, 1, "abc"u8),
                Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Block((name, value)))
            );
            await client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway || frame.EndsStream);
        }

        await ServesAsync(proxy);
        Assert.All(received, connection => CheckSound(name, connection.ToArray()));
    }

    private static RawUpstream Recording(ConcurrentBag<MemoryStream> received) =>
        new RawUpstream(async stream =>
        {
            var here = new MemoryStream();
            received.Add(here);
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer) is > 0 and var count)
            {
                here.Write(buffer, 0, count);

                if (Encoding.Latin1.GetString(buffer, 0, count).Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"u8.ToArray());
                }
            }
        });

    private static async Task ServesAsync(TestProxy proxy)
    {
        await using var other = await Http2Peer.ConnectAsync(proxy.Outbound);
        await other.SendAsync(Http2Wire.Get(1));
        Assert.NotNull(await other.UntilAsync(frame => frame.EndsStream && frame.Type == Http2Wire.Data));
    }

    private static (string, string)[] Head(string method, string path, string authority) =>
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", authority)];

    // The attacker's request at most, and the other client's.
    private static void CheckSound(string what, byte[] bytes)
    {
        var (parser, head) = (new Http1HeadParser(Http1Limits.Default), new RequestHead());
        var body = new BodyReader(parser, Http1Limits.Default);
        var rest = new ReadOnlySequence<byte>(bytes);
        var requests = 0;
        while (!rest.IsEmpty)
        {
            requests++;
            parser.Reset();
            Assert.True(parser.ParseRequest(rest, "http"u8, head) == Http1ParseStatus.Done, $"{what}: {Encoding.Latin1.GetString(bytes)}");
            rest = rest.Slice(parser.Consumed);
            Assert.Equal("reviews", Encoding.Latin1.GetString(head.Authority));
            Assert.DoesNotContain("evil", Encoding.Latin1.GetString(head.Target), StringComparison.OrdinalIgnoreCase);
            for (var i = 0; i < head.HeaderCount; i++)
            {
                Assert.NotEqual("evil", Encoding.Latin1.GetString(head.HeaderName(i)).ToLowerInvariant());
            }

            body.Begin(Http1BodyLength.OfRequest(parser.Facts), ofResponse: false);
            while (!body.IsComplete && body.Read(rest, out _, out var consumed) != Http1BodyStatus.NeedMore)
            {
                rest = rest.Slice(consumed);
            }

            if (!body.IsComplete)
            {
                // Broken off, on a connection that nobody uses afterwards; the other client's is behind it, on another.
                return;
            }
        }

        Assert.InRange(requests, 0, 2);
    }
}
