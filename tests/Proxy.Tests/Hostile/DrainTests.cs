using System.Net;
using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>A proxy that ends while requests are in every state that they can be in.</summary>
public sealed class DrainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Half = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf";
    private const string Chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    private const string Upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    [Fact]
    public async Task What_has_begun_is_finished_and_then_everything_ends()
    {
        await using var everything = await Everything.StartAsync();
        var draining = everything.Proxy.Server.DrainAsync(TimeSpan.FromMinutes(5));
        await RawClient.RefusedAsync(everything.Port);
        // The last to be told is told by now.
        Assert.Equal("", await everything.Idle.ReadAllAsync());
        Assert.False(draining.IsCompleted);

        await everything.Head.SendAsync(Get[10..]);
        await everything.Body.SendAsync("half");
        everything.Go.SetResult();

        foreach (var client in new[] { everything.Head, everything.Body, everything.Waiting, everything.Queued })
        {
            var answer = await client.ReadAllAsync();
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
        }

        Assert.EndsWith("0\r\n\r\n", await everything.Streaming.ReadAllAsync(), StringComparison.Ordinal);
        Assert.Equal("bye", await everything.Tunnel.ReadAllAsync());
        Assert.NotNull(await everything.Http2.UntilAsync(frame => frame.Stream == 1 && frame.EndsStream));
        await Eventually.InTimeAsync(draining);
        Assert.True(everything.Cluster.State.Counters is { Requests: 0, PendingRequests: 0 });
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_cut_and_logged()
    {
        await using var everything = await Everything.StartAsync();
        await Eventually.InTimeAsync(everything.Proxy.Server.DrainAsync(TimeSpan.FromMilliseconds(100)));

        foreach (var client in everything.Clients)
        {
            Assert.DoesNotContain("0\r\n\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        }

        Assert.Null(await everything.Http2.UntilAsync(frame => frame.Stream == 1 && frame.EndsStream && frame.Type == Http2Wire.Data));
        // The one in the middle of its head was none yet, and the idle one's had ended.
        Assert.Equal(7, (await everything.Proxy.LogAsync(7)).Length);
        await Eventually.TrueAsync(() => everything.Cluster.State.Counters is { Requests: 0, PendingRequests: 0 }, "nothing in use");
    }

    // Connections of a proxy, each in another state.
    private sealed class Everything : IAsyncDisposable
    {
        private RawUpstream _upstream = null!;

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Cluster Cluster { get; private set; } = null!;

        public TestProxy Proxy { get; private set; } = null!;

        public IPEndPoint Port { get; private set; } = null!;

        public RawClient Idle { get; private set; } = null!;

        public RawClient Head { get; private set; } = null!;

        public RawClient Body { get; private set; } = null!;

        public RawClient Waiting { get; private set; } = null!;

        public RawClient Streaming { get; private set; } = null!;

        public RawClient Tunnel { get; private set; } = null!;

        public RawClient Queued { get; private set; } = null!;

        public Http2Peer Http2 { get; private set; } = null!;

        public RawClient[] Clients => [Idle, Head, Body, Waiting, Streaming, Tunnel, Queued];

        public static async Task<Everything> StartAsync()
        {
            var all = new Everything();
            all._upstream = new RawUpstream(all.ServeAsync);
            all.Cluster = TestConfig.Cluster(all._upstream.EndPoint, limits: new ClusterLimits { MaxConnections = 5 });
            all.Proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(all.Cluster)));
            all.Port = all.Proxy.Outbound;
            all.Idle = await all.ConnectAsync(Get.Replace(" / ", " /now ", StringComparison.Ordinal));
            await all.Idle.ReadUntilAsync("ok");
            all.Tunnel = await all.ConnectAsync(Upgrade);
            await all.Tunnel.ReadUntilAsync("\r\n\r\n");
            all.Streaming = await all.ConnectAsync(Get.Replace(" / ", " /stream ", StringComparison.Ordinal));
            await all.Streaming.ReadUntilAsync("\r\n\r\n");
            all.Body = await all.ConnectAsync(Half);
            all.Waiting = await all.ConnectAsync(Get);
            all.Http2 = await Http2Peer.ConnectAsync(all.Port);
            await all.Http2.SendAsync(Http2Wire.Get(1));
            await Eventually.TrueAsync(() => all.Cluster.State.Counters.Requests == 5, "five requests under way");
            all.Queued = await all.ConnectAsync(Get);
            await Eventually.TrueAsync(() => all.Cluster.State.Counters.PendingRequests == 1, "one in the queue");
            all.Head = await all.ConnectAsync(Get[..10]);
            return all;
        }

        public async ValueTask DisposeAsync()
        {
            Go.TrySetResult();
            foreach (var client in Clients)
            {
                await client.DisposeAsync();
            }

            await Http2.DisposeAsync();
            await Proxy.DisposeAsync();
            await _upstream.DisposeAsync();
        }

        private async Task<RawClient> ConnectAsync(string request)
        {
            var client = await RawClient.ConnectAsync(Port);
            await client.SendAsync(request);
            return client;
        }

        private async Task ServeAsync(Stream stream)
        {
            while (await stream.HeadAsync() is { Length: > 0 } head)
            {
                switch (head.Split(' ')[1])
                {
                    case "/now":
                        break;
                    case "/chat":
                        await stream.SayAsync("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
                        await Go.Task;
                        await stream.SayAsync("bye");
                        return;
                    case "/stream":
                        await stream.SayAsync(Chunks);
                        await Go.Task;
                        await stream.SayAsync("4\r\nlast\r\n0\r\n\r\n");
                        continue;
                    default:
                        if (head.StartsWith("POST", StringComparison.Ordinal))
                        {
                            await stream.ReadExactlyAsync(new byte[8]);
                        }

                        await Go.Task;
                        break;
                }

                await stream.SayAsync(UpstreamScript.Ok);
            }
        }
    }
}
