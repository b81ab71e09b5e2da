using System.Net.WebSockets;
using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Tunnels whose client ends without a word of WebSocket's own, over the four pairs, and tunnels that do not come about.</summary>
public sealed class TunnelEndTests
{
    private const string Ask =
        "GET / HTTP/1.1\r\nHost: reviews\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    public static TheoryData<bool, bool> Pairs => EarlyWebSocketTests.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_upstream_hears_that_its_client_has_ended(bool fromHttp2, bool toHttp2)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                try
                {
                    await socket.ReceiveAsync(new byte[10], CancellationToken.None);
                }
                catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
                {
                    // The client's end, in whatever form.
                }

                gone.TrySetResult();
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        if (fromHttp2)
        {
            await using var client = await ConnectAsync(proxy);
            Assert.True(await client.UntilAsync(frame => frame.Type == Http2Wire.Headers) is { } answer && FloodField.IsOk(answer));
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, 1, []));
            Assert.NotNull(await client.UntilAsync(frame => frame.EndsStream));
        }
        else
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(Ask);
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
            client.FinishSending();
            Assert.Equal("", await client.ReadAllAsync());
        }

        await Eventually.InTimeAsync(gone.Task);
        var line = (await proxy.LogAsync())[0];
        // A connection of HTTP/1.1 this server resets, which is its own end.
        Assert.True(line.Contains(toHttp2 ? " 101 - via_upstream " : " 101 ", StringComparison.Ordinal), line);
    }

    [Fact]
    public async Task An_upstream_that_has_not_understood_the_key_is_a_bad_gateway()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            );
            await stream.GoneAsync();
        });
        await using var client = await ConnectAsync(path.Proxy);

        Assert.NotNull(await client.UntilAsync(frame => frame.EndsStream));
        Assert.Contains("\" 502 UPE ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    private static async Task<Http2Peer> ConnectAsync(TestProxy proxy)
    {
        var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        var head = Http2Wire.Request("CONNECT", "/", (":protocol", "websocket"), ("sec-websocket-version", "13"));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head));
        return client;
    }
}
