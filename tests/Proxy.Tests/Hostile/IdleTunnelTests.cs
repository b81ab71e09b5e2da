using System.Net.WebSockets;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Tunnels in which nothing moves, over the four pairs.</summary>
public sealed class IdleTunnelTests
{
    private const string Ask =
        "GET / HTTP/1.1\r\nHost: reviews\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    public static TheoryData<bool, bool> Pairs => EarlyWebSocketTests.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task They_end_on_both_sides_and_the_log_says_why(bool fromHttp2, bool toHttp2)
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
                    // The proxy closed it.
                }

                gone.TrySetResult();
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(cluster)),
            options =>
                options with
                {
                    Limits = new() { IdleTimeout = TimeSpan.FromSeconds(2), StreamIdleTimeout = TimeSpan.Zero },
                }
        );
        if (fromHttp2)
        {
            await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
            var head = Http2Wire.Request("CONNECT", "/", (":protocol", "websocket"), ("sec-websocket-version", "13"));
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head));
            var answer = await client.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            Assert.True(answer is not null && FloodField.IsOk(answer));
            await client.UntilAsync(frame => frame.EndsStream || frame.Type is Http2Wire.Reset or Http2Wire.GoAway);
        }
        else
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync(Ask);
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
            await client.ReadAllAsync();
        }

        await Eventually.InTimeAsync(gone.Task);
        var line = (await proxy.LogAsync())[0];
        Assert.True(line.Contains(" 101 SI ", StringComparison.Ordinal), line);
    }
}
