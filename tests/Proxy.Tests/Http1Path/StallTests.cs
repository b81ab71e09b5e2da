using System.Net;
using System.Text;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Requests in which nothing moves any more, by whose fault ever, over the four pairs of protocols.</summary>
public sealed class StallTests
{
    private const string Head = "HTTP/1.1 200 OK\r\n";

    public static TheoryData<bool, bool> Pairs =>
        new()
        {
            { false, false },
            { false, true },
            { true, false },
            { true, true },
        };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_request_whose_body_stops_is_408(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = new RawUpstream(stream => toHttp2 ? Http2Async(stream) : stream.GoneAsync());
        await using var proxy = await ProxyAsync(upstream, toHttp2);
        var answer = fromHttp2
            ? await Over2Async(proxy, "POST", ended: false)
            : await RawClient.ExchangeAsync(proxy.Outbound, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");

        Assert.EndsWith("stream timeout", answer, StringComparison.Ordinal);
        Assert.Contains(" 408 SI stream_idle_timeout ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_upstream_that_does_not_answer_is_504(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = new RawUpstream(stream => toHttp2 ? Http2Async(stream) : stream.GoneAsync());
        await using var proxy = await ProxyAsync(upstream, toHttp2);
        var answer = fromHttp2
            ? await Over2Async(proxy, "GET", ended: true)
            : await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        Assert.EndsWith("stream timeout", answer, StringComparison.Ordinal);
        Assert.Contains(" 504 SI stream_idle_timeout ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_of_known_length_that_stops_is_broken_off(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            if (toHttp2)
            {
                await Http2Async(stream, ("content-length", "10"));
                return;
            }

            await stream.HeadAsync();
            await stream.SayAsync(Head + "content-length: 10\r\n\r\nhalf");
            await stream.GoneAsync();
        });
        await using var proxy = await ProxyAsync(upstream, toHttp2);
        var answer = fromHttp2
            ? await Over2Async(proxy, "GET", ended: true)
            : await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.EndsWith("half", answer, StringComparison.Ordinal);
        Assert.Contains(" 200 SI ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_client_that_stops_reading_is_given_up_and_its_upstream_too(bool fromHttp2, bool toHttp2)
    {
        var ended = new TaskCompletionSource();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                context.RequestAborted.Register(() => ended.TrySetResult());
                for (var i = 0; i < 500; i++)
                {
                    await context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted);
                }
            }
        );
        await using var proxy = await ProxyAsync(upstream.EndPoint, toHttp2);
        await using var http1 = await RawClient.ConnectAsync(proxy.Outbound);
        await using var http2 = await Http2Peer.ConnectAsync(proxy.Outbound);
        await (fromHttp2 ? http2.SendAsync(Http2Wire.Get(1)) : http1.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));

        Assert.Contains(" 200 SI ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        await Eventually.InTimeAsync(ended.Task);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_stream_may_rest(bool fromHttp2, bool toHttp2)
    {
        var go = new TaskCompletionSource();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                if (context.Request.Path == "/silent")
                {
                    await Task.Delay(-1, context.RequestAborted);
                }

                await context.Response.WriteAsync("tick ");
                await context.Response.Body.FlushAsync();
                await go.Task;
                await context.Response.WriteAsync("tock");
            }
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1))
            ),
            // Long enough for the stream to begin on a slow machine.
            options => options with { Limits = new() { StreamIdleTimeout = TimeSpan.FromSeconds(3) } }
        );
        using var client = proxy.Client();
        using var stream = await client.SendAsync(Request("/", fromHttp2), CancellationToken.None);
        for (var i = 0; i < 2; i++)
        {
            // The time that a stream may rest longer than.
            using var silent = await client.SendAsync(Request("/silent", fromHttp2), CancellationToken.None);
            Assert.Equal(HttpStatusCode.GatewayTimeout, silent.StatusCode);
        }

        go.SetResult();
        Assert.Equal("tick tock", await stream.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_answer_of_our_own_that_nobody_takes_is_given_up()
    {
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(
                    new RuleAction.DirectResponse { StatusCode = 200, Body = Encoding.ASCII.GetBytes(new string('x', 500_000)) }
                )
            ),
            Impatient
        );
        const short InitialWindow = 4;
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound, Http2Wire.Setting(InitialWindow, 0));
        await client.SendAsync(Http2Wire.Get(1));

        Assert.Contains(" 200 SI ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        Assert.NotNull(await client.UntilAsync(frame => frame.Type == Http2Wire.Reset));
    }

    [Fact]
    public async Task Without_a_limit_nothing_is_given_up()
    {
        var go = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await go.Task;
            await stream.SayAsync(UpstreamScript.Ok);
        });
        await using var patient = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(path.Upstream.EndPoint))),
            options => options with { Limits = new() { StreamIdleTimeout = TimeSpan.Zero } }
        );
        await using var client = await RawClient.ConnectAsync(patient.Outbound);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await using (var impatient = await ProxyAsync(path.Upstream, toHttp2: false))
        {
            await RawClient.ExchangeAsync(impatient.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        }

        go.SetResult();
        Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
    }

    private static ProxyOptions Impatient(ProxyOptions options) =>
        options with
        {
            Limits = new() { StreamIdleTimeout = TimeSpan.FromMilliseconds(300) },
        };

    private static Task<TestProxy> ProxyAsync(RawUpstream upstream, bool toHttp2) => ProxyAsync(upstream.EndPoint, toHttp2);

    private static Task<TestProxy> ProxyAsync(IPEndPoint upstream, bool toHttp2) =>
        TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Forward(TestConfig.Cluster(upstream, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1))
            ),
            Impatient
        );

    private static HttpRequestMessage Request(string path, bool http2) =>
        new(HttpMethod.Get, "http://reviews" + path)
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    // Answers with a head and a half of its body, or not at all.
    private static async Task Http2Async(Stream stream, params (string, string)[] head)
    {
        var peer = await Http2Peer.ServeAsync(stream);
        await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
        if (head.Length > 0)
        {
            await peer.SendAsync(
                Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Block([(":status", "200"), .. head])),
                Http2Wire.Frame(Http2Wire.Data, 0, 1, "half"u8)
            );
        }

        await peer.UntilAsync(_ => false);
    }

    // What came of the body by the stream's end.
    private static async Task<string> Over2Async(TestProxy proxy, string method, bool ended)
    {
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        var flags = (byte)(Http2Wire.EndHeaders | (ended ? Http2Wire.EndStream : 0));
        await client.SendAsync(Http2Wire.Headers, flags, 1, Http2Wire.Request(method, "/"));
        if (!ended)
        {
            await client.SendAsync(Http2Wire.Data, 0, 1, "half"u8.ToArray());
        }

        var body = new StringBuilder();
        await client.UntilAsync(frame =>
        {
            body.Append(frame.Type == Http2Wire.Data ? Encoding.ASCII.GetString(frame.Payload) : "");
            return frame.Type == Http2Wire.Reset || frame.EndsStream;
        });
        return body.ToString();
    }
}
