using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>gRPC by clients of HTTP/1.1 (proxies do that) to servers of HTTP/2, good and bad.</summary>
public sealed class GrpcOverHttp1Tests
{
    private const string Call =
        "POST /shop.Cart/Add HTTP/1.1\r\nHost: reviews\r\nContent-Type: application/grpc\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Fact]
    public async Task Messages_go_both_ways_and_the_status_comes_as_a_trailer()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            await SayHeadAsync(peer);
            for (var i = 0; i < 3; i++)
            {
                var message = await peer.UntilAsync(frame => frame.Type == Http2Wire.Data && frame.Payload.Length > 0);
                await peer.SendAsync(Http2Wire.Data, 0, 1, message!.Payload);
            }

            await peer.UntilAsync(frame => frame.EndsStream);
            await EndAsync(peer, "0");
        });
        await using var proxy = await ProxyAsync(upstream);
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Call);
        Assert.Contains("content-type: application/grpc\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync($"5\r\nping{i}\r\n");
            Assert.Equal($"5\r\nping{i}\r\n", await client.ReadUntilAsync($"ping{i}\r\n"));
        }

        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\ngrpc-status: 0\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        Assert.Contains(" 200 - via_upstream ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_without_a_body_is_an_answer_of_its_own()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.EndsStream);
            var head = Http2Wire.Block((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "5"));
            await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, head);
            await peer.UntilAsync(_ => false);
        });
        await using var proxy = await ProxyAsync(upstream);
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Call + "0\r\n\r\n");

        Assert.Contains("grpc-status: 5\r\n", await client.ReadUntilAsync("0\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Http2Wire.Reset)]
    [InlineData(Http2Wire.GoAway)]
    [InlineData(Http2Wire.Data)] // on stream 0, which is a broken rule of the connection
    public async Task A_call_that_breaks_off_never_looks_ended(byte by)
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            await SayHeadAsync(peer);
            await peer.SendAsync(Http2Wire.Data, 0, 1, "half"u8.ToArray());
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Data && frame.Payload.Length > 0);
            await peer.SendAsync(by, 0, by == Http2Wire.Reset ? 1 : 0, by == Http2Wire.GoAway ? new byte[8] : Http2Wire.Number(2));
        });
        await using var proxy = await ProxyAsync(upstream);
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Call);
        await client.ReadUntilAsync("half\r\n");
        await client.SendAsync("4\r\nmore\r\n");

        Assert.DoesNotContain("0\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        Assert.Matches(" 200 (UC|UPE|UR) ", (await proxy.LogAsync())[0]);
    }

    // Many times: what is cancelled and what ends at the same moment race.
    [Fact]
    public async Task A_client_that_leaves_cancels_the_call_and_never_ends_it()
    {
        for (var i = 0; i < 50; i++)
        {
            await LeaveAsync();
        }
    }

    private static async Task LeaveAsync()
    {
        var ended = new TaskCompletionSource<byte>();
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            await SayHeadAsync(peer);
            ended.SetResult((await peer.UntilAsync(frame => frame.Type == Http2Wire.Reset || frame.EndsStream))?.Type ?? 255);
        });
        await using var proxy = await ProxyAsync(upstream);
        await using (var client = await RawClient.ConnectAsync(proxy.Outbound))
        {
            await client.SendAsync(Call + "4\r\nhalf\r\n");
            await client.ReadUntilAsync("\r\n\r\n");
        }

        Assert.Equal(Http2Wire.Reset, await Eventually.InTimeAsync(ended.Task));
        Assert.Contains(" 200 DC ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    private static Task SayHeadAsync(Http2Peer peer) =>
        peer.SendAsync(
            Http2Wire.Headers,
            Http2Wire.EndHeaders,
            1,
            Http2Wire.Block((":status", "200"), ("content-type", "application/grpc"))
        );

    private static Task EndAsync(Http2Peer peer, string status) =>
        peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Block(("grpc-status", status)));

    private static Task<TestProxy> ProxyAsync(RawUpstream upstream) =>
        TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2))));
}
