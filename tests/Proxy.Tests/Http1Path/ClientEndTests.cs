using System.Net.Sockets;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Clients that leave in the middle of an answer whose upstream is silent, as with server-sent events: everybody on the way hears of it.</summary>
public sealed class ClientEndTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "\r\n\r\n", " 499 DC ")]
    [InlineData(Head, "\r\n\r\n", " 200 DC ")]
    [InlineData(Head + "5\r\ntick\n\r\n", "tick\n\r\n", " 200 DC ")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "half", " 200 DC ")]
    public async Task A_client_that_leaves_after_a_part_of_its_answer_has_the_upstream_reset(string said, string seen, string logged)
    {
        var end = new TaskCompletionSource<bool>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(said);
            end.SetResult(await IsResetAsync(stream));
        });
        var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync(seen);
        await client.DisposeAsync();

        Assert.True(await Eventually.InTimeAsync(end.Task), "an orderly end");
        Assert.Contains(logged, (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_proxy_hears_of_it_too()
    {
        var end = new TaskCompletionSource<bool>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(Head);
            end.SetResult(await IsResetAsync(stream));
        });
        await using var first = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(path.Proxy.Outbound, name: "next")))
        );
        var client = await RawClient.ConnectAsync(first.Outbound);
        await client.SendAsync(Get);
        await client.ReadUntilAsync("\r\n\r\n");
        await client.DisposeAsync();

        Assert.True(await Eventually.InTimeAsync(end.Task), "an orderly end");
        Assert.Contains(" 200 DC ", (await first.LogAsync())[0], StringComparison.Ordinal);
        Assert.Contains(" 200 DC ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_of_HTTP_2_has_its_stream_reset_and_keeps_its_connection()
    {
        var reset = new TaskCompletionSource<byte>();
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            await peer.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Block((":status", "200")));
            reset.SetResult((await peer.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway))?.Type ?? 0);
            await stream.GoneAsync();
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Get);
        await client.ReadUntilAsync("\r\n\r\n");
        await client.DisposeAsync();

        Assert.Equal(Http2Wire.Reset, await Eventually.InTimeAsync(reset.Task));
        Assert.Contains(" 200 DC ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_HTTP_2_that_resets_its_stream_has_the_upstream_reset()
    {
        var end = new TaskCompletionSource<bool>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(Head);
            end.SetResult(await IsResetAsync(stream));
        });
        await using var client = await Http2Peer.ConnectAsync(path.Proxy.Outbound);
        await client.SendAsync(Http2Wire.Get(1));
        await client.UntilAsync(frame => frame.Type == Http2Wire.Headers);
        await client.SendAsync(Http2Wire.Reset, 0, 1, Http2Wire.Number(8));

        Assert.True(await Eventually.InTimeAsync(end.Task), "an orderly end");
        Assert.Contains(" 200 DC ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_had_finished_sending_before_is_given_a_slow_answer_whole()
    {
        var go = new SemaphoreSlim(0);
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await go.WaitAsync();
            await stream.SayAsync(Head);
            await go.WaitAsync();
            await stream.SayAsync("4\r\nlate\r\n0\r\n\r\n");
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        client.FinishSending();
        await client.ReadUntilAsync("102 Processing\r\n\r\n");
        go.Release();
        await client.ReadUntilAsync("\r\n\r\n");
        go.Release();

        Assert.Equal("4\r\nlate\r\n0\r\n\r\n", await client.ReadAllAsync());
        Assert.Contains(" 200 - via_upstream ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_finishes_sending_while_bytes_flow_to_it_gets_them_all()
    {
        const int Length = 20_000_000;
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync($"HTTP/1.1 200 OK\r\ncontent-length: {Length}\r\n\r\n");
            await stream.WriteAsync(new byte[Length]);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync("\r\n\r\n");
        client.FinishSending();

        Assert.Equal(Length, (await client.ReadAllAsync()).Length);
    }

    [Fact]
    public async Task An_answer_that_ends_its_connection_in_order_is_answered_by_an_orderly_end()
    {
        var end = new TaskCompletionSource<bool>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            end.SetResult(await IsResetAsync(stream));
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync("ok");

        Assert.False(await Eventually.InTimeAsync(end.Task), "a reset");
    }

    private static async Task<bool> IsResetAsync(Stream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
            return false;
        }
        catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }
}
