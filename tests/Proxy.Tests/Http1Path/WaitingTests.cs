using System.Net;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Requests that wait for a connection, over the four pairs of protocols.</summary>
public sealed class WaitingTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    // Of TCP and of HTTP/2's beginning: nothing here ends by it.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    public static TheoryData<bool, bool, bool> Pairs
    {
        get
        {
            var data = new TheoryData<bool, bool, bool>();
            foreach (var fromHttp2 in new[] { false, true })
            {
                foreach (var toHttp2 in new[] { false, true })
                {
                    data.Add(fromHttp2, toHttp2, true);
                    data.Add(fromHttp2, toHttp2, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Nobody_waits_for_a_connection_longer_than_the_routes_time(bool fromHttp2, bool toHttp2, bool whole)
    {
        // HTTP/2 that never begins; an only connection of HTTP/1.1 that another request keeps.
        await using var upstream = new RawUpstream(stream => stream.GoneAsync());
        var cluster = TestConfig.Cluster(
            upstream.EndPoint,
            toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1,
            connectTimeout: Long,
            limits: new() { MaxConnections = 1 }
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(new RuleAction.Forward { Destinations = TestConfig.To(cluster) }, prefix: "/held"),
                TestConfig.Forward(cluster, Short)
            )
        );
        await using var other = await RawClient.ConnectAsync(proxy.Outbound);
        await other.SendAsync("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => upstream.Connections == 1, "the connection that is held");

        if (fromHttp2)
        {
            await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
            await client.SendAsync(
                Http2Wire.Headers,
                (byte)(Http2Wire.EndHeaders | (whole ? Http2Wire.EndStream : 0)),
                1,
                Http2Wire.Request(whole ? "GET" : "POST", "/")
            );
            await client.UntilAsync(frame => frame.EndsStream);
        }
        else
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(
                whole ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"
            );
            await client.ReadUntilAsync("upstream request timeout");
        }

        Assert.Contains(" 504 UT ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_is_sent_slowly_has_all_its_time_once_there_is_a_connection(bool fromHttp2, bool toHttp2)
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                if (context.Request.Path == "/hang")
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return;
                }

                await context.Request.Body.ReadExactlyAsync(new byte[4]);
                arrived.SetResult();
                await context.Request.Body.CopyToAsync(context.Response.Body);
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster, Short)));
        using var client = proxy.Client();
        var body = new FlushingContent();
        using var slow = Request(HttpMethod.Post, "/slow", fromHttp2);
        slow.Content = body;
        body.Send("half"u8.ToArray());
        var sending = client.SendAsync(slow, CancellationToken.None);
        await Eventually.InTimeAsync(arrived.Task);

        // What began later has come to the end of the same time.
        using var hanging = Request(HttpMethod.Get, "/hang", fromHttp2);
        using var late = await Eventually.InTimeAsync(client.SendAsync(hanging, CancellationToken.None));
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        body.Send("rest"u8.ToArray());
        body.Finish();

        using var response = await Eventually.InTimeAsync(sending);
        Assert.Equal("rest", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_connection_goes_on_behind_an_answer_that_its_time_was_up(bool toHttp2, bool stalls)
    {
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default)
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(cluster, stalls ? default : Short)),
            options => options with { Limits = new() { StreamIdleTimeout = stalls ? Short : TimeSpan.Zero } }
        );
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            var answer = await client.ReadUntilAsync(" timeout");
            Assert.StartsWith("HTTP/1.1 504 ", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("connection: close", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_try_that_gets_no_connection_is_given_up_for_the_next()
    {
        var release = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 } head)
            {
                if (head.StartsWith("GET /held", StringComparison.Ordinal))
                {
                    await release.Task;
                }

                await stream.SayAsync(UpstreamScript.Ok);
            }
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint, connectTimeout: Long, limits: new() { MaxConnections = 1 });
        var retried = new RetryPolicy
        {
            Conditions = RetryConditions.ServerError,
            Retries = 3,
            TryTimeout = TimeSpan.FromSeconds(1),
        };
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(new RuleAction.Forward { Destinations = TestConfig.To(cluster) }, prefix: "/held"),
                TestConfig.Rule(new RuleAction.Forward { Destinations = TestConfig.To(cluster), Retries = retried })
            )
        );
        await using var other = await RawClient.ConnectAsync(proxy.Outbound);
        await other.SendAsync("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => upstream.Connections == 1, "the connection that is held");
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");

        await Eventually.TrueAsync(() => cluster.State.Retries.Started > 0, "another try");
        release.SetResult();

        Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, bool http2) =>
        new(method, "http://reviews" + path)
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}
