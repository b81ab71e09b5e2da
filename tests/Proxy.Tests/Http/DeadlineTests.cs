using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream.Retries;
using static Mesh.Proxy.Tests.Http.RetryCase;

namespace Mesh.Proxy.Tests.Http;

/// <summary>The time that gRPC calls ask for, and what endpoints are told of it and of tries before.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    public static TheoryData<bool, bool> Pairs => RetryCase.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_call_that_lasts_longer_than_it_asked_for_ends_with_DEADLINE_EXCEEDED(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(toHttp2, http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        await using var proxy = await StartAsync(upstream, toHttp2, most: TimeSpan.Zero);

        using var answer = await SendAsync(proxy, fromHttp2, Call("300m"));

        Assert.Equal("4", Assert.Single(answer.Headers.GetValues("grpc-status")));
        Assert.Contains(" 200 UT upstream_response_timeout ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_routes_time_caps_what_the_call_asks_for_and_the_endpoint_hears_of_it(bool fromHttp2, bool toHttp2)
    {
        var told = new ConcurrentQueue<string?>();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                told.Enqueue(http.Request.Headers["grpc-timeout"]);
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );
        await using var proxy = await StartAsync(upstream, toHttp2, most: TimeSpan.FromMilliseconds(300));

        using var capped = await SendAsync(proxy, fromHttp2, Call("10S"));
        using var added = await SendAsync(proxy, fromHttp2, Call(null));

        Assert.Equal("14", Assert.Single(capped.Headers.GetValues("grpc-status")));
        Assert.Equal("14", Assert.Single(added.Headers.GetValues("grpc-status")));
        Assert.Equal(["300m", "300m"], told);
    }

    [Theory]
    [InlineData(0, "20S", "20S")]
    [InlineData(0, null, null)]
    [InlineData(0, "99999999H", "99999999H")]
    [InlineData(30_000, "20S", "20S")]
    [InlineData(15_000, "20S", "15000m")]
    [InlineData(null, "1n", "1n")]
    public async Task An_endpoint_hears_the_shorter_time(int? most, string? asked, string? expected)
    {
        var told = new ConcurrentQueue<string?>();
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            http =>
            {
                told.Enqueue(http.Request.Headers["grpc-timeout"]);
                return Task.CompletedTask;
            }
        );
        await using var proxy = await StartAsync(
            upstream,
            toHttp2: true,
            most is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            // A try's own time is not told.
            Policy(RetryConditions.ServerError, tryTimeout: TimeSpan.FromSeconds(10))
        );

        using var answer = await SendAsync(proxy, fromHttp2: true, Call(asked));

        Assert.Equal([expected], told);
    }

    [Fact]
    public async Task What_is_no_gRPC_has_the_routes_time_whatever_it_asks_for()
    {
        await using var upstream = await WebUpstream.StartAsync(http2: false, http => Task.Delay(100, http.RequestAborted));
        await using var proxy = await StartAsync(upstream, toHttp2: false, most: Long);
        var content = Call("1n");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var answer = await SendAsync(proxy, fromHttp2: false, content);

        Assert.True(answer.IsSuccessStatusCode);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Tries_after_the_first_say_which_they_are_and_how_much_time_is_left(bool fromHttp2, bool toHttp2)
    {
        var told = new ConcurrentQueue<(string? Count, string? Left)>();
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            http =>
            {
                told.Enqueue((http.Request.Headers["x-envoy-attempt-count"], http.Request.Headers["grpc-timeout"]));
                http.Response.StatusCode = 503;
                return Task.CompletedTask;
            }
        );
        await using var proxy = await StartAsync(upstream, toHttp2, most: Long, Policy(RetryConditions.ServerError));
        var content = Call(null);
        content.Headers.Add("x-envoy-attempt-count", "7");

        using var answer = await SendAsync(proxy, fromHttp2, content);

        Assert.Equal([null, "2", "3"], told.Select(one => one.Count));
        var left = told.Select(one => int.Parse(one.Left![..^1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(20_000, left[0]);
        Assert.True(left[0] >= left[1] && left[1] >= left[2] && left[2] > 0, string.Join(", ", left));
    }

    private static ByteArrayContent Call(string? timeout)
    {
        var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        if (timeout is not null)
        {
            content.Headers.Add("grpc-timeout", timeout);
        }

        return content;
    }

    private static Task<TestProxy> StartAsync(WebUpstream upstream, bool toHttp2, TimeSpan? most, RetryPolicy? retries = null) =>
        TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(
                    new RuleAction.Forward
                    {
                        Destinations = TestConfig.To(Cluster(toHttp2, upstream.EndPoint)),
                        Timeout = most ?? TimeSpan.Zero,
                        MaxGrpcTimeout = most,
                        Retries = retries ?? RetryPolicy.None,
                    }
                )
            )
        );
}
