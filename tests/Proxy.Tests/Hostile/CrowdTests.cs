using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Tests;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Many clients at once, and many that leave: everybody else is served, and nothing stays behind.</summary>
[Collection(nameof(Alone))]
public sealed class CrowdTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thousand_connections_are_served_beside_clients_that_leave(bool toHttp2)
    {
        const int Clients = 1000;
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Response.ContentLength = 2;
                await context.Response.WriteAsync("ok");
            }
        );
        var cluster = TestConfig.Cluster(
            upstream.EndPoint,
            toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1,
            limits: new ClusterLimits { MaxConnections = 50 }
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(ClientAsync));

        await Eventually.TrueAsync(
            () => cluster.State.Counters is { Requests: 0, PendingRequests: 0 } && (toHttp2 || cluster.State.Counters.Connections <= 50),
            "nothing in use"
        );
        await proxy.LogAsync(Clients * 9 / 10 * 3);

        async Task ClientAsync(int number)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            if (number % 10 == 0)
            {
                // In the middle of a head, of a body, or just behind a request.
                await client.SendAsync(
                    (number / 10 % 3) switch
                    {
                        0 => Get[..12],
                        1 => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
                        _ => Get,
                    }
                );
                client.Reset();
                return;
            }

            for (var i = 0; i < 3; i++)
            {
                await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
                Assert.StartsWith("HTTP/1.1 200 ", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Clients_that_leave_the_queue_hold_up_nobody_behind_them()
    {
        const int Waiting = 200;
        var release = new SemaphoreSlim(0);
        await using var path = new RawUpstream(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 })
            {
                await release.WaitAsync();
                await stream.SayAsync(UpstreamScript.Ok);
            }
        });
        var cluster = TestConfig.Cluster(path.EndPoint, limits: new ClusterLimits { MaxConnections = 1 });
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        await using var first = await RawClient.ConnectAsync(proxy.Outbound);
        await first.SendAsync(Get);
        await Eventually.TrueAsync(() => cluster.State.Counters.Requests == 1, "the first request");
        var clients = new List<RawClient>();
        for (var i = 0; i < Waiting; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Outbound));
            await clients[i].SendAsync(Get);
        }

        await Eventually.TrueAsync(() => cluster.State.Counters.PendingRequests == Waiting, "all in the queue");
        for (var i = 0; i < Waiting; i += 2)
        {
            // Half of those who leave do it in order, and are asked.
            if (i % 4 == 0)
            {
                clients[i].Reset();
            }
            else
            {
                await clients[i].DisposeAsync();
            }
        }

        await Eventually.TrueAsync(() => cluster.State.Counters.PendingRequests == Waiting / 2, "those who left are out of the queue");
        release.Release(Waiting + 1);
        await first.ReadUntilAsync("ok");
        for (var i = 1; i < Waiting; i += 2)
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await clients[i].ReadUntilAsync("ok"), StringComparison.Ordinal);
            await clients[i].DisposeAsync();
        }

        Assert.Equal(1, path.Connections);
        var log = await proxy.LogAsync(Waiting + 1);
        Assert.Equal(Waiting / 2, log.Count(line => line.Contains(" 499 DC ", StringComparison.Ordinal)));
        Assert.True(cluster.State.Counters is { PendingRequests: 0, Requests: 0 });
    }

    [Fact]
    public async Task Ten_thousand_clients_that_leave_leave_nothing_behind()
    {
        const int Aborts = 10_000;
        const long Most = 4 * 1024 * 1024;
        await using var upstream = new RawUpstream(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 } head)
            {
                if (head.StartsWith("GET /silent", StringComparison.Ordinal))
                {
                    await stream.GoneAsync();
                    return;
                }

                await stream.SayAsync("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
            }
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        await LeaveAsync(1000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await LeaveAsync(Aborts);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        Assert.True(after - before < Most, $"{before} bytes before, {after} after");
        async Task LeaveAsync(int count)
        {
            using var some = new SemaphoreSlim(50);
            await Task.WhenAll(
                Enumerable
                    .Range(0, count)
                    .Select(async number =>
                    {
                        await some.WaitAsync();
                        try
                        {
                            await LeaveOnceAsync(number % 4);
                        }
                        finally
                        {
                            some.Release();
                        }
                    })
            );
            // A connection whose client left before it came about waits for the next.
            await Eventually.TrueAsync(
                () => cluster.State.Counters is { Connections: < 50, Requests: 0, PendingRequests: 0 },
                "nothing left in use"
            );
        }

        async Task LeaveOnceAsync(int way)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(
                way switch
                {
                    0 => Get.Replace(" / ", " /silent ", StringComparison.Ordinal),
                    1 => "POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf",
                    _ => Get,
                }
            );
            if (way > 1)
            {
                await client.ReadUntilAsync("half");
            }

            if (way != 3)
            {
                client.Reset();
            }
        }
    }
}
