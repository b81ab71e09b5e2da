using System.Net;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Http;

/// <summary>How HTTP/2 connections to endpoints come, are kept and counted.</summary>
public sealed class Http2UpstreamTests
{
    private const byte Settings = 4;
    private const byte Ping = 6;

    [Fact]
    public async Task Where_the_peer_allows_few_streams_more_connections_are_opened()
    {
        var connections = new Dictionary<string, int>();
        var arrived = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async context =>
            {
                lock (connections)
                {
                    connections[context.Connection.Id] = connections.GetValueOrDefault(context.Connection.Id) + 1;
                }

                Interlocked.Increment(ref arrived);
                await release.Task;
                await context.Response.WriteAsync("ok");
            },
            options => options.Limits.Http2.MaxStreamsPerConnection = 2
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        var answers = Enumerable.Range(0, 6).Select(_ => SendAsync(client)).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref arrived) == 6, "all six requests at once");
        // As many as it takes, and a few that were opened before it was known that they are not needed.
        Assert.Equal(6, cluster.State.Counters.Requests);
        Assert.All(connections, connection => Assert.InRange(connection.Value, 1, 2));
        Assert.InRange(cluster.State.Counters.Connections, connections.Count, 6);
        release.SetResult();

        Assert.All(await Task.WhenAll(answers), status => Assert.Equal(HttpStatusCode.OK, status));
        await Eventually.TrueAsync(() => cluster.State.Counters.Requests == 0, "no request in flight");
    }

    [Fact]
    public async Task An_answer_that_breaks_off_before_any_of_it_went_on_is_replaced_by_one_of_our_own()
    {
        const int Requests = 20;
        await using var upstream = new RawUpstream(async stream =>
        {
            await using var peer = await Http2Peer.ServeAsync(stream);
            while (await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers) is { } request)
            {
                await peer.SendAsync(
                    Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, request.Stream, Http2Wire.Block((":status", "200"))),
                    Http2Wire.Frame(Http2Wire.Reset, 0, request.Stream, Http2Wire.Number(2))
                );
            }
        });
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2)))
        );
        using var client = proxy.Client();

        var statuses = new List<HttpStatusCode?>();
        for (var i = 0; i < Requests; i++)
        {
            try
            {
                statuses.Add(await Eventually.InTimeAsync(SendAsync(client)));
            }
            catch (HttpRequestException)
            {
                // Its head was on its way already.
                statuses.Add(null);
            }
        }

        Assert.All(statuses, status => Assert.True(status is null or HttpStatusCode.ServiceUnavailable, $"{status}"));
    }

    [Fact]
    public async Task A_silent_connection_is_asked_for_a_sign_of_life_and_closed_without_one()
    {
        var pinged = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, Settings, 0, 0, 0, 0, 0 });
            await stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length]);
            var head = new byte[9];
            while (await stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false) == 9)
            {
                await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]);
                if (head[3] == Ping)
                {
                    pinged.TrySetResult();
                }
            }

            closed.SetResult();
        });
        var limits = new ClusterLimits { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1) };
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2, limits: limits);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        var answer = SendAsync(client);

        await Eventually.InTimeAsync(pinged.Task);
        await Eventually.InTimeAsync(closed.Task);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Eventually.InTimeAsync(answer));
        await Eventually.TrueAsync(() => cluster.State.Counters is { Connections: 0, Requests: 0 }, "nothing left in use");
    }

    [Fact]
    public async Task A_server_that_speaks_no_HTTP2_is_one_that_cannot_be_connected_to()
    {
        await using var upstream = new RawUpstream(async stream => await stream.CopyToAsync(Stream.Null));
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2, connectTimeout: TimeSpan.FromMilliseconds(300));
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Eventually.InTimeAsync(SendAsync(client)));
        Assert.Contains(" 503 UF ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        await Eventually.TrueAsync(() => cluster.State.Counters.Connections == 0, "the connection is closed");
    }

    private static async Task<HttpStatusCode> SendAsync(HttpMessageInvoker client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://reviews:9080/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, CancellationToken.None);
        await response.Content.ReadAsByteArrayAsync();
        return response.StatusCode;
    }
}
