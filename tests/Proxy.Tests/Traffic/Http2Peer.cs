using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>One end of an HTTP/2 connection of bare frames. It acknowledges nothing and grants nothing by itself.</summary>
internal sealed class Http2Peer(Stream stream) : IAsyncDisposable
{
    public Stream Stream => stream;

    /// <summary>A client that has sent its preface and settings.</summary>
    public static async Task<Http2Peer> ConnectAsync(IPEndPoint address, params byte[][] settings)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        var client = new Http2Peer(new NetworkStream(socket, ownsSocket: true));
        await client.SendAsync(Http2Wire.Preface, Http2Wire.Frame(Http2Wire.Settings, 0, 0, [.. settings.SelectMany(one => one)]));
        return client;
    }

    /// <summary>A server that has read its client's preface and sent its own settings.</summary>
    public static async Task<Http2Peer> ServeAsync(Stream stream)
    {
        var server = new Http2Peer(stream);
        await server.SendAsync(Http2Wire.Frame(Http2Wire.Settings, 0, 0, []));
        await stream.ReadExactlyAsync(new byte[Http2Wire.Preface.Length]);
        await server.SendAsync(Http2Wire.Frame(Http2Wire.Settings, Http2Wire.Ack, 0, []));
        return server;
    }

    public async Task SendAsync(params byte[][] frames) => await stream.WriteAsync(frames.SelectMany(frame => frame).ToArray());

    public Task SendAsync(byte type, byte flags, int id, params byte[] payload) => SendAsync(Http2Wire.Frame(type, flags, id, payload));

    /// <summary>The next frame; null at the connection's end, however it came.</summary>
    public async Task<Http2Frame?> ReadAsync()
    {
        var head = new byte[9];
        try
        {
            if (await Eventually.InTimeAsync(stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false).AsTask()) < 9)
            {
                return null;
            }

            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await Eventually.InTimeAsync(stream.ReadExactlyAsync(payload).AsTask());
            var id = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
            return new Http2Frame(head[3], head[4], id, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The next frame that is meant, or null where the connection ends before it.</summary>
    public async Task<Http2Frame?> UntilAsync(Func<Http2Frame, bool> meant)
    {
        while (await ReadAsync() is { } frame)
        {
            if (meant(frame))
            {
                return frame;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync() => await stream.DisposeAsync();
}
