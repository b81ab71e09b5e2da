using System.Collections.Concurrent;
using System.Net;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Retries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using static Mesh.Proxy.Tests.Http.RetryCase;

namespace Mesh.Proxy.Tests.Http;

/// <summary>Attempts after the first, over every pair of protocols.</summary>
public sealed class RetryTests
{
    private static readonly RetryPolicy OnServerError = Policy(RetryConditions.ServerError);

    public static TheoryData<bool, bool> Pairs => RetryCase.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_that_asks_for_it_is_dropped_and_the_next_one_delivered(bool fromHttp2, bool toHttp2)
    {
        var bodies = new ConcurrentQueue<string>();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                bodies.Enqueue(await new StreamReader(http.Request.Body).ReadToEndAsync());
                if (bodies.Count == 1)
                {
                    http.Response.Headers["x-first"] = "yes";
                    http.Response.StatusCode = 503;
                    await http.Response.WriteAsync("no");
                    return;
                }

                await http.Response.WriteAsync("yes");
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2));
        await using var proxy = await StartAsync(cluster, OnServerError);

        using var answer = await SendAsync(proxy, fromHttp2, new StringContent("payload"));

        Assert.Equal((HttpStatusCode.OK, "yes"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.False(answer.Headers.Contains("x-first"));
        Assert.Equal(["payload", "payload"], bodies);
        Assert.Contains(" 200 - via_upstream ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (cluster.State.Retries.Started, cluster.State.Retries.Succeeded));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_last_answer_is_delivered_with_URX(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                http.Response.StatusCode = 500;
                await http.Response.WriteAsync($"{Interlocked.Increment(ref requests)}");
            }
        );
        await using var proxy = await StartAsync(TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)), OnServerError);

        using var answer = await SendAsync(proxy, fromHttp2);

        Assert.Equal((HttpStatusCode.InternalServerError, "3"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Contains(" 500 URX via_upstream ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_refused_connection_leads_to_another_endpoint(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(toHttp2, http => http.Response.WriteAsync("here"));
        var cluster = Cluster(toHttp2, NobodyThere(), NobodyThere(), upstream.EndPoint);
        await using var proxy = await StartAsync(cluster, Policy(RetryConditions.ConnectFailure, avoid: true));

        for (var i = 0; i < 10; i++)
        {
            using var answer = await SendAsync(proxy, fromHttp2, new StringContent("once"));
            Assert.Equal("here", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(10, cluster.Endpoints[2].State.TotalRequests);
        Assert.All(cluster.Endpoints.Take(2), refusing => Assert.InRange(refusing.State.TotalRequests, 1, 10));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Where_every_endpoint_refuses_the_failure_says_that_it_was_retried(bool fromHttp2, bool toHttp2)
    {
        await using var proxy = await StartAsync(Cluster(toHttp2, NobodyThere()), Policy(RetryConditions.ConnectFailure));

        using var answer = await SendAsync(proxy, fromHttp2);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(
            "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: connection failure",
            await answer.Content.ReadAsStringAsync()
        );
        Assert.Contains(
            " 503 UF,URX upstream_reset_before_response_started{connection_failure} ",
            (await proxy.LogAsync())[0],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task By_default_a_POST_that_was_sent_is_never_sent_twice(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                Interlocked.Increment(ref requests);
                http.Abort();
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)),
            Policy(
                RetryConditions.ConnectFailure
                    | RetryConditions.RefusedStream
                    | RetryConditions.ResetBeforeRequest
                    | RetryConditions.GrpcUnavailable
                    | RetryConditions.GrpcCancelled
            )
        );

        using var answer = await SendAsync(proxy, fromHttp2, new StringContent("order"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, requests));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_reset_is_tried_again_where_the_policy_asks(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                if (Interlocked.Increment(ref requests) == 1)
                {
                    http.Abort();
                    return;
                }

                await http.Request.Body.CopyToAsync(http.Response.Body);
            }
        );
        await using var proxy = await StartAsync(TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)), Policy(RetryConditions.Reset));

        using var answer = await SendAsync(proxy, fromHttp2, new StringContent("again"));

        Assert.Equal("again", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_body_up_to_the_limit_is_sent_again_byte_for_byte(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                http.Response.StatusCode = Interlocked.Increment(ref requests) < 3 ? 503 : 200;
                await http.Response.Body.WriteAsync(body.ToArray());
            }
        );
        await using var proxy = await StartAsync(TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)), OnServerError);
        var sent = new byte[64 * 1024];
        new Random(5).NextBytes(sent);

        using var answer = await SendAsync(proxy, fromHttp2, new ByteArrayContent(sent));

        Assert.Equal((HttpStatusCode.OK, 3), (answer.StatusCode, requests));
        Assert.Equal(sent, await answer.Content.ReadAsByteArrayAsync());
        // Bytes received, before bytes sent and the duration: what the client sent, once.
        Assert.Contains("\" 65536 65536 ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_larger_body_is_sent_once(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
                Interlocked.Increment(ref requests);
                http.Response.StatusCode = 503;
            }
        );
        await using var proxy = await StartAsync(TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)), OnServerError);

        using var answer = await SendAsync(proxy, fromHttp2, new ByteArrayContent(new byte[(64 * 1024) + 1]));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, requests));
        Assert.Contains(" 503 - via_upstream ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_connection_that_ends_under_a_safe_request_is_not_noticed(bool fromHttp2)
    {
        // Every connection answers one request, and ends in the middle of the second.
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
            await RawUpstream.ReadHeadAsync(stream);
        });
        await using var proxy = await StartAsync(TestConfig.Cluster(upstream.EndPoint), Policy(RetryConditions.ResetBeforeRequest));

        for (var connections = 1; connections <= 3; connections++)
        {
            using var answer = await SendAsync(proxy, fromHttp2);
            Assert.Equal((HttpStatusCode.OK, connections), (answer.StatusCode, upstream.Connections));
        }

        using var posted = await SendAsync(proxy, fromHttp2, new StringContent("order"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 3), (posted.StatusCode, upstream.Connections));
    }

    // REFUSED_STREAM says that nothing was done; other resets say nothing. HTTP/2 error codes of RFC 9113 section 7.
    [Theory]
    [InlineData(7, true, RetryConditions.None, 1, "remote refused stream reset")]
    [InlineData(7, true, RetryConditions.RefusedStream, 3, "remote refused stream reset")]
    [InlineData(7, false, RetryConditions.None, 1, "remote refused stream reset")]
    [InlineData(7, false, RetryConditions.RefusedStream, 3, "remote refused stream reset")]
    [InlineData(8, true, RetryConditions.RefusedStream, 1, "remote reset")]
    [InlineData(2, false, RetryConditions.Reset, 3, "remote reset")]
    public async Task A_stream_that_was_reset_is_tried_as_often_as_the_policy_says(int code, bool body, object on, int tries, string reason)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            http =>
            {
                Interlocked.Increment(ref requests);
                http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
                return Task.CompletedTask;
            }
        );
        var condition = (RetryConditions)on;
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2),
            condition == RetryConditions.None ? RetryPolicy.None : Policy(condition)
        );

        using var answer = await SendAsync(proxy, fromHttp2: true, body ? new StringContent("order") : null);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, tries), (answer.StatusCode, requests));
        Assert.EndsWith($"reset reason: {reason}", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(tries == 1 ? " 503 UR " : " 503 UR,URX ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_the_budget_failures_are_delivered_with_UO()
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            http =>
            {
                http.Response.StatusCode = 503;
                return Task.CompletedTask;
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        await using var proxy = await StartAsync(cluster, OnServerError);
        for (var i = 0; i < 50; i++)
        {
            (await SendAsync(proxy, fromHttp2: false)).Dispose();
        }

        var log = await proxy.LogAsync(50);
        Assert.Contains(log, line => line.Contains(" 503 UO via_upstream ", StringComparison.Ordinal));
        // 50 requests within a few seconds: a fifth of them and three; the window may have moved on a slow machine.
        Assert.InRange(cluster.State.Retries.Started, 4, 16);
    }
}
