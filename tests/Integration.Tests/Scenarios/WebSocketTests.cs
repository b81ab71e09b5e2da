using System.Net.WebSockets;
using System.Text;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

public sealed class WebSocketTests(InboundMesh mesh) : IClassFixture<InboundMesh>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_WebSocket_carries_messages_both_ways_through_both_sidecars_and_closes_in_order()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        var id = Guid.NewGuid().ToString();
        socket.Options.SetRequestHeader("x-request-id", id);
        using var client = mesh.Client.Client(System.Net.HttpVersion.Version11);
        await socket.ConnectAsync(new Uri($"ws://{InboundMesh.Service}{WebSocketPath.Path}"), client, limit.Token);

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
        foreach (var sidecar in new[] { mesh.Client, mesh.Server })
        {
            var lines = await sidecar.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
            var line = Assert.Single(lines, line => line.Contains(id, StringComparison.Ordinal));
            Assert.Contains($"\"GET {WebSocketPath.Path} HTTP/1.1\" 101 - ", line, StringComparison.Ordinal);
        }
    }
}
