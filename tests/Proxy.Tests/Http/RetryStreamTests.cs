using System.Net;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Retries;
using Microsoft.AspNetCore.Http;
using static Mesh.Proxy.Tests.Http.RetryCase;

namespace Mesh.Proxy.Tests.Http;

/// <summary>The time of a try and of the whole request, and attempts of gRPC calls.</summary>
public sealed class RetryStreamTests
{
    public static TheoryData<bool, bool> Pairs => RetryCase.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_try_that_takes_too_long_is_given_up_for_the_next(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async http =>
            {
                if (Interlocked.Increment(ref requests) == 1)
                {
                    await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return;
                }

                await http.Request.Body.CopyToAsync(http.Response.Body);
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)),
            Policy(RetryConditions.Reset, tryTimeout: TimeSpan.FromMilliseconds(500))
        );

        using var answer = await SendAsync(proxy, fromHttp2, new StringContent("patient"));

        Assert.Equal((HttpStatusCode.OK, "patient"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_try_that_takes_too_long_is_504_where_it_is_the_last(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default)
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)),
            Policy(RetryConditions.ConnectFailure, tryTimeout: TimeSpan.FromMilliseconds(50))
        );

        using var answer = await SendAsync(proxy, fromHttp2);

        Assert.Equal(
            (HttpStatusCode.GatewayTimeout, "upstream request timeout"),
            (answer.StatusCode, await answer.Content.ReadAsStringAsync())
        );
        Assert.Contains(" 504 UT upstream_per_try_timeout ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_routes_time_includes_every_try(bool fromHttp2, bool toHttp2)
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            http =>
            {
                Interlocked.Increment(ref requests);
                return Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, Protocol(toHttp2)),
            Policy(RetryConditions.Reset, retries: 1000, tryTimeout: TimeSpan.FromMilliseconds(200)),
            timeout: TimeSpan.FromMilliseconds(700)
        );

        using var answer = await SendAsync(proxy, fromHttp2);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.InRange(requests, 1, 4);
        Assert.Contains(" 504 UT upstream_response_timeout ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_answer_is_not_cut_by_the_time_of_its_try()
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async http =>
            {
                await http.Response.Body.FlushAsync();
                // Longer than the try may take until its head.
                await Task.Delay(TimeSpan.FromSeconds(2));
                await http.Response.WriteAsync("slow");
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2),
            Policy(RetryConditions.Reset, tryTimeout: TimeSpan.FromSeconds(1.5))
        );

        using var answer = await SendAsync(proxy, fromHttp2: true);

        Assert.Equal("slow", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_gRPC_call_is_tried_again_on_a_status_that_came_alone()
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async http =>
            {
                var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                http.Response.ContentType = "application/grpc";
                if (Interlocked.Increment(ref requests) == 1)
                {
                    http.Response.Headers["grpc-status"] = "14";
                    return;
                }

                await http.Response.Body.WriteAsync(body.ToArray());
                http.Response.AppendTrailer("grpc-status", "0");
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2),
            Policy(RetryConditions.GrpcUnavailable)
        );

        using var answer = await SendAsync(proxy, fromHttp2: true, Grpc());

        Assert.Equal([0, 0, 0, 0, 1, 7], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task A_gRPC_call_whose_answer_began_is_not_tried_again()
    {
        var requests = 0;
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async http =>
            {
                Interlocked.Increment(ref requests);
                http.Response.ContentType = "application/grpc";
                await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 0 });
                http.Response.AppendTrailer("grpc-status", "14");
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2),
            Policy(RetryConditions.GrpcUnavailable)
        );

        using var answer = await SendAsync(proxy, fromHttp2: true, Grpc());
        await answer.Content.ReadAsByteArrayAsync();

        Assert.Equal(("14", 1), (Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")), requests));
    }

    [Fact]
    public async Task A_gRPC_stream_that_is_still_being_sent_is_tried_again_with_all_its_messages()
    {
        var requests = 0;
        var refused = new TaskCompletionSource();
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async http =>
            {
                http.Response.ContentType = "application/grpc";
                if (Interlocked.Increment(ref requests) == 1)
                {
                    var first = new byte[6];
                    await http.Request.Body.ReadExactlyAsync(first);
                    http.Response.Headers["grpc-status"] = "14";
                    await http.Response.CompleteAsync();
                    refused.SetResult();
                    return;
                }

                var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body);
                await http.Response.Body.WriteAsync(body.ToArray());
                http.Response.AppendTrailer("grpc-status", "0");
            }
        );
        await using var proxy = await StartAsync(
            TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2),
            Policy(RetryConditions.GrpcUnavailable)
        );
        using var content = new FlushingContent();
        content.Headers.ContentType = new("application/grpc");
        var answering = SendAsync(proxy, fromHttp2: true, content);
        content.Send([0, 0, 0, 0, 1, 7]);
        await Eventually.InTimeAsync(refused.Task);
        content.Send([0, 0, 0, 0, 1, 8]);
        content.Finish();

        using var answer = await answering;

        Assert.Equal([0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 1, 8], await answer.Content.ReadAsByteArrayAsync());
    }

    // .NET's client takes 100 for the limit before it knows better.
    [Theory]
    [InlineData(5, 60)]
    [InlineData(100, 250)]
    public async Task More_requests_at_once_than_a_connection_has_streams_need_no_retry(int streams, int requests)
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async http =>
            {
                await Task.Delay(20);
                await http.Response.WriteAsync("here");
            },
            kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = streams
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await StartAsync(cluster, RetryPolicy.None);

        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => SendAsync(proxy, fromHttp2: true)));

        Assert.Equal(requests, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    private static ByteArrayContent Grpc()
    {
        var content = new ByteArrayContent([0, 0, 0, 0, 1, 7]);
        content.Headers.ContentType = new("application/grpc");
        return content;
    }
}
