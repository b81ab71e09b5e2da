using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A path of an application that greets over a WebSocket and then sends back what it gets.</summary>
internal static class WebSocketPath
{
    public const string Path = "/socket";
    public const string Greeting = "welcome";

    public static void AddTo(IApplicationBuilder app) => app.Map(Path, branch => branch.Run(AnswerAsync));

    /// <summary>One whole message.</summary>
    public static async Task<(WebSocketMessageType Type, byte[] Body)> ReceiveAsync(WebSocket socket, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
            body.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return (part.MessageType, body.ToArray());
            }
        }
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var cancel = context.RequestAborted;
        await socket.SendAsync(Encoding.UTF8.GetBytes(Greeting), WebSocketMessageType.Text, endOfMessage: true, cancel);
        while (true)
        {
            var (type, body) = await ReceiveAsync(socket, cancel);
            if (type == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", cancel);
                return;
            }

            await socket.SendAsync(body, type, endOfMessage: true, cancel);
        }
    }
}
