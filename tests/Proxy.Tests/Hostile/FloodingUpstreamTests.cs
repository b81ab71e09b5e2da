using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// Upstreams of HTTP/2 whose frames cost more than they give: their connection is cut or their answer given up, in bounded memory, while requests to
/// others go on.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FloodingUpstreamTests
{
    private const long MostMemory = 64 * 1024 * 1024;
    private const int Enough = 400_000;

    [Theory]
    [InlineData("pings")]
    [InlineData("pings whose answers nobody reads")]
    [InlineData("settings")]
    [InlineData("priorities")]
    [InlineData("unknown frames")]
    [InlineData("empty data")]
    [InlineData("empty continuations")]
    [InlineData("windows")]
    public async Task A_flood_is_cut_counted_and_felt_by_nobody_else(string flood)
    {
        await using var good = await WebUpstream.StartAsync(http2: true, context => Task.CompletedTask);
        await using var bad = new RawUpstream(stream => FloodAsync(stream, flood));
        var cluster = TestConfig.Cluster(bad.EndPoint, UpstreamProtocol.Http2, name: "bad");
        await using var proxy = await ProxyAsync(cluster, good);
        await CheckOthersAsync(proxy);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await using (var client = await Http2Peer.ConnectAsync(proxy.Outbound))
        {
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/bad")));
            var end = await client.UntilAsync(frame => frame.Stream == 1 && (frame.Type == Http2Wire.Reset || frame.EndsStream));
            Assert.NotNull(end);
        }

        var log = await proxy.LogAsync(2);
        Assert.True(cluster.State.Counters.Floods > 0, $"it was not counted: {log[1]}");
        // What had begun with a good head is cut.
        Assert.Matches("/bad HTTP/2\" (503|200) U[A-Z]+ ", log[1]);
        await CheckOthersAsync(proxy);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    [Theory]
    [InlineData("a head without end")]
    [InlineData("a small head that unpacks to a large one")]
    [InlineData("a window that overflows")]
    [InlineData("a window of the connection that overflows")]
    [InlineData("a reset of each request")]
    [InlineData("a reset after each head")]
    [InlineData("an endless trailer section")]
    [InlineData("data for nobody")]
    [InlineData("a promise")]
    public async Task What_breaks_a_rule_fails_its_own_requests_alone(string evil)
    {
        await using var good = await WebUpstream.StartAsync(http2: true, context => Task.CompletedTask);
        await using var bad = new RawUpstream(stream => MisbehaveAsync(stream, evil));
        await using var proxy = await ProxyAsync(TestConfig.Cluster(bad.EndPoint, UpstreamProtocol.Http2, name: "bad"), good);
        await CheckOthersAsync(proxy);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using (var client = await Http2Peer.ConnectAsync(proxy.Outbound))
        {
            for (var i = 0; i < 50; i++)
            {
                var id = (i * 2) + 1;
                await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, id, Http2Wire.Request("GET", "/bad")));
                Assert.NotNull(await client.UntilAsync(frame => frame.Stream == id && (frame.Type == Http2Wire.Reset || frame.EndsStream)));
            }
        }

        await CheckOthersAsync(proxy);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    private static Task<TestProxy> ProxyAsync(Cluster bad, WebUpstream good) =>
        TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(new RuleAction.Forward { Destinations = TestConfig.To(bad) }, prefix: "/bad"),
                TestConfig.Forward(TestConfig.Cluster(good.EndPoint, UpstreamProtocol.Http2))
            )
        );

    private static async Task CheckOthersAsync(TestProxy proxy)
    {
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Http2Wire.Get(1));
        var head = await client.UntilAsync(frame => frame.Type == Http2Wire.Headers);
        Assert.True(head is not null && FloodField.IsOk(head), "another request was not served");
    }

    private static async Task FloodAsync(Stream stream, string flood)
    {
        var peer = await Http2Peer.ServeAsync(stream);
        var request = await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
        if (request is null)
        {
            return;
        }

        var ok = Http2Wire.Block((":status", "200"));
        switch (flood)
        {
            case "empty data":
                await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, request.Stream, ok);
                break;
            case "empty continuations":
                await peer.SendAsync(Http2Wire.Headers, 0, request.Stream, ok);
                break;
        }

        var reading = flood == "pings whose answers nobody reads" ? Task.CompletedTask : peer.UntilAsync(_ => false);
        var frame = flood switch
        {
            "settings" => Http2Wire.Frame(Http2Wire.Settings, 0, 0, Http2Wire.Setting(3, 100)),
            "priorities" => Http2Wire.Frame(Http2Wire.Priority, 0, 3, new byte[5]),
            "unknown frames" => Http2Wire.Frame(0xEE, 0, 0, []),
            "empty data" => Http2Wire.Frame(Http2Wire.Data, 0, request.Stream, []),
            "empty continuations" => Http2Wire.Frame(Http2Wire.Continuation, 0, request.Stream, []),
            "windows" => Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(1)),
            _ => Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8]),
        };
        var many = Enumerable.Repeat(frame, 50).ToArray();
        for (var i = 0; i < Enough; i += many.Length)
        {
            await Eventually.InTimeAsync(peer.SendAsync(many));
        }

        // Not cut: the request hangs until the test gives up.
        await peer.UntilAsync(_ => false);
        await reading;
    }

    private static async Task MisbehaveAsync(Stream stream, string evil)
    {
        var peer = await Http2Peer.ServeAsync(stream);
        while (await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers) is { } request)
        {
            var id = request.Stream;
            var ok = Http2Wire.Block((":status", "200"));
            switch (evil)
            {
                case "a head without end":
                    await peer.SendAsync(Http2Wire.Headers, 0, id, ok);
                    await EndlessAsync(id);
                    break;
                case "an endless trailer section":
                    await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, id, ok);
                    await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndStream, id, Http2Wire.Block(("x", "y")));
                    await EndlessAsync(id);
                    break;
                case "a small head that unpacks to a large one":
                    var field = Http2Wire.Block(("x-a", new string('a', 3000)));
                    field[0] = 0x40;
                    await peer.SendAsync(Http2Wire.Headers, 5, id, [.. ok, .. field, .. Enumerable.Repeat((byte)0xBE, 12_000)]);
                    break;
                case "a window that overflows":
                    await peer.SendAsync(Http2Wire.WindowUpdate, 0, id, Http2Wire.Number(int.MaxValue));
                    break;
                case "a window of the connection that overflows":
                    await peer.SendAsync(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(int.MaxValue));
                    break;
                case "a reset of each request":
                    await peer.SendAsync(Http2Wire.Reset, 0, id, Http2Wire.Number(8));
                    break;
                case "a reset after each head":
                    await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, id, ok);
                    await peer.SendAsync(Http2Wire.Reset, 0, id, Http2Wire.Number(2));
                    break;
                case "data for nobody":
                    await peer.SendAsync(Http2Wire.Data, 0, id + 1000, new byte[100]);
                    break;
                default:
                    await peer.SendAsync(5, Http2Wire.EndHeaders, id, [.. Http2Wire.Number(2), .. Http2Wire.Request("GET", "/promised")]);
                    break;
            }
        }

        async Task EndlessAsync(int id)
        {
            var piece = Http2Wire.Frame(
                Http2Wire.Continuation,
                0,
                id,
                Http2Wire.Block([.. Enumerable.Range(0, 8).Select(i => ($"x-{i}", new string('a', 1900)))])
            );
            for (var i = 0; i < 10_000; i++)
            {
                await Eventually.InTimeAsync(peer.SendAsync(piece));
            }
        }
    }
}
