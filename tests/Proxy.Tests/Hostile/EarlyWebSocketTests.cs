using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>WebSocket clients that speak before they are answered, and servers that speak with their answer, over the four pairs.</summary>
public sealed class EarlyWebSocketTests
{
    private const string Ask =
        "GET / HTTP/1.1\r\nHost: reviews\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private const string Agree = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ";

    // Text frames; a client's are masked, here with zeros (RFC 6455 section 5.2).
    private static readonly byte[] Early = [0x81, 0x85, 0, 0, 0, 0, .. "early"u8];
    private static readonly byte[] Hello = [0x81, 0x05, .. "hello"u8];
    private static readonly byte[] Echoed = [0x81, 0x05, .. "early"u8];

    public static TheoryData<bool, bool> Pairs =>
        new()
        {
            { false, false },
            { false, true },
            { true, false },
            { true, true },
        };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Nothing_that_comes_early_is_lost(bool fromHttp2, bool toHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(
            toHttp2,
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
                var buffer = new byte[100];
                var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
                await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, CancellationToken.None);
                await socket.ReceiveAsync(buffer, CancellationToken.None);
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, toHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));

        Assert.Equal(
            Encoding.Latin1.GetString([.. Hello, .. Echoed]),
            Encoding.Latin1.GetString(fromHttp2 ? await Over2Async(proxy) : await Over1Async(proxy))
        );
    }

    [Fact]
    public async Task Bytes_in_the_packet_of_the_answer_reach_a_client_of_HTTP_2()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            var head = await stream.HeadAsync();
            var key = head.Split("sec-websocket-key: ")[1].Split("\r\n")[0];
#pragma warning disable CA5350 // the protocol's own hash
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            await stream.WriteAsync((byte[])[.. PathProxy.Bytes(Agree + accept + "\r\n\r\n"), .. Hello, .. Echoed]);
            await stream.GoneAsync();
        });

        Assert.Equal(Hello.Length + Echoed.Length, (await Over2Async(path.Proxy)).Length);
    }

    private static async Task<byte[]> Over1Async(TestProxy proxy)
    {
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.Stream.WriteAsync((byte[])[.. PathProxy.Bytes(Ask), .. Early]);
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        var received = new byte[Hello.Length + Echoed.Length];
        await Eventually.InTimeAsync(client.Stream.ReadExactlyAsync(received).AsTask());
        return received;
    }

    private static async Task<byte[]> Over2Async(TestProxy proxy)
    {
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        var head = Http2Wire.Request("CONNECT", "/", (":protocol", "websocket"), ("sec-websocket-version", "13"));
        await client.SendAsync(
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head),
            Http2Wire.Frame(Http2Wire.Data, 0, 1, Early)
        );
        var received = new List<byte>();
        while (received.Count < Hello.Length + Echoed.Length)
        {
            var frame = await client.UntilAsync(one => one.Type is Http2Wire.Data or Http2Wire.Reset or Http2Wire.GoAway);
            Assert.True(frame is { Type: Http2Wire.Data, EndsStream: false }, $"{frame}");
            received.AddRange(frame.Payload);
        }

        return [.. received];
    }
}
