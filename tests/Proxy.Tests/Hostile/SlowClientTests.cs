using System.Net.Sockets;
using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Clients that hold connections without using them.</summary>
public sealed class SlowClientTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHo", "HTTP/1.1 408 ")]
    [InlineData("G", "")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM", "")]
    public async Task Heads_that_do_not_end_are_given_up_while_others_are_served(string beginning, string answer)
    {
        await using var upstream = new RawUpstream(UpstreamScript.Always(UpstreamScript.Ok));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))),
            options =>
                options with
                {
                    Limits = new() { RequestHeadTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(1) },
                }
        );
        var slow = new List<RawClient>();
        for (var i = 0; i < 300; i++)
        {
            slow.Add(await RawClient.ConnectAsync(proxy.Outbound));
            await slow[i].SendAsync(beginning);
        }

        await ServesAsync();
        foreach (var one in slow)
        {
            Assert.StartsWith(answer, await one.ReadAllAsync(), StringComparison.Ordinal);
            await one.DisposeAsync();
        }

        await ServesAsync();

        async Task ServesAsync()
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(Get);
            Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_head_of_HTTP_2_that_does_not_end_is_given_up()
    {
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(),
            options => options with { Limits = new() { RequestHeadTimeout = TimeSpan.FromSeconds(1) } }
        );
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Http2Wire.Headers, 0, 1, Http2Wire.Request("GET", "/"));

        Assert.Null(await client.UntilAsync(_ => false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_connections_than_allowed_are_closed_as_they_come_and_places_are_given_back(bool http2)
    {
        await using var upstream = new RawUpstream(UpstreamScript.Always(UpstreamScript.Ok));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))),
            options => options with { Limits = new() { MaxConnections = 2 } }
        );
        for (var round = 0; round < 3; round++)
        {
            await using var first = await OpenAsync();
            await using (await OpenAsync())
            {
                Assert.True(await IsClosedAsync(), "a third connection");
            }

            await Eventually.TrueAsync(() => Metric(proxy, "mesh_downstream_connections") == "1", "the place is free again");
            await using var next = await OpenAsync();
            await first.DisposeAsync();
            await next.DisposeAsync();
            await Eventually.TrueAsync(() => Metric(proxy, "mesh_downstream_connections") == "0", "all places are free again");
        }

        Assert.Equal("3", Metric(proxy, "mesh_downstream_connections_refused_total"));

        async Task<bool> IsClosedAsync()
        {
            try
            {
                await using var third = await RawClient.ConnectAsync(proxy.Outbound);
                return await third.ReadAllAsync() == "";
            }
            catch (SocketException)
            {
                return true;
            }
        }

        async Task<IAsyncDisposable> OpenAsync()
        {
            if (http2)
            {
                var peer = await Http2Peer.ConnectAsync(proxy.Outbound);
                await peer.SendAsync(Http2Wire.Get(1));
                Assert.NotNull(await peer.UntilAsync(frame => frame.EndsStream));
                return peer;
            }

            var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(Get);
            Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
            return client;
        }
    }

    [Fact]
    public async Task Heads_are_as_large_as_the_settings_say_and_no_larger()
    {
        await using var upstream = new RawUpstream(UpstreamScript.Always(UpstreamScript.Ok));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))),
            options =>
                options with
                {
                    Limits = new() { MaxHeadBytes = 2000, MaxHeaders = 10 },
                }
        );
        Task<string> AskAsync(string headers) =>
            RawClient.ExchangeAsync(proxy.Outbound, $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync($"x: {new string('a', 1900)}\r\n"), StringComparison.Ordinal);
        var large = await AskAsync($"x: {new string('a', 2000)}\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", large, StringComparison.Ordinal);
        Assert.Contains("(2000)", large, StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 431 ",
            await AskAsync(string.Concat(Enumerable.Range(0, 10).Select(i => $"x-{i}: 1\r\n"))),
            StringComparison.Ordinal
        );
    }

    private static string Metric(TestProxy proxy, string name) =>
        proxy.Metrics.ToText().Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1];
}
