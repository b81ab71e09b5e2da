using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>WebSockets over HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441), whatever the other side speaks.</summary>
[Collection(PairCollection.Name)]
public sealed class PairWebSocketTests(PairMesh mesh)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string, int> Pairs => PairCollection.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_WebSocket_carries_messages_both_ways_and_closes_in_order(string protocol, int port)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        var id = Guid.NewGuid().ToString();
        socket.Options.SetRequestHeader("x-request-id", id);
        socket.Options.HttpVersion = Protocols.VersionOf(protocol);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var client = mesh.Client(protocol, port);
        await socket.ConnectAsync(new Uri($"ws://pair:{port}{WebSocketPath.Path}"), client, limit.Token);

        // The application speaks first.
        Assert.Equal(WebSocketPath.Greeting, Encoding.UTF8.GetString((await WebSocketPath.ReceiveAsync(socket, limit.Token)).Body));
        for (var i = 0; i < 20; i++)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            var (type, text) = await WebSocketPath.ReceiveAsync(socket, limit.Token);
            Assert.Equal((WebSocketMessageType.Text, $"message {i}"), (type, Encoding.UTF8.GetString(text)));
        }

        var large = new byte[300_000];
        new Random(5).NextBytes(large);
        await socket.SendAsync(large, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
        Assert.Equal(large, (await WebSocketPath.ReceiveAsync(socket, limit.Token)).Body);

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", limit.Token);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (socket.CloseStatus, socket.CloseStatusDescription));
        var version = protocol == Protocols.Http1 ? "1.1" : "2";
        Assert.Contains($"\"GET {WebSocketPath.Path} HTTP/{version}\" 101 - ", await mesh.LogLineAsync(id), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_refusal_reaches_the_client_as_it_is(string protocol, int port)
    {
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = Protocols.VersionOf(protocol);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.CollectHttpResponseDetails = true;
        using var client = mesh.Client(protocol, port);
        using var limit = new CancellationTokenSource(Patience);

        await Assert.ThrowsAsync<WebSocketException>(() =>
            socket.ConnectAsync(new Uri($"ws://pair:{port}/status?code=403"), client, limit.Token)
        );
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [PeerTheory("program:node")]
    [InlineData(80)]
    [InlineData(81)]
    public async Task A_WebSocket_of_Node_over_HTTP2_works(int port)
    {
        var script = Path.Combine(Peers.ProjectDirectory, "peers", "node", "websocket_h2.js");
        var start = new ProcessStartInfo("node", [script, $"{mesh.Sidecar.Outbound}", $"pair:{port}", WebSocketPath.Path, "from node"])
        {
            RedirectStandardOutput = true,
        };
        using var node = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        await using var cut = limit.Token.Register(() => node.Kill());
        var lines = await node.StandardOutput.ReadToEndAsync(limit.Token);
        Assert.Equal(["200", WebSocketPath.Greeting, "from node", "1000"], lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
