using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Http.ToHttp1;

/// <summary>An HTTP/2 client of bare frames, because .NET's cannot send trailers.</summary>
internal static class Http2Trailers
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndHeaders = 4;
    private const byte EndStream = 1;

    /// <summary>Posts a body with trailers behind it; gives the first byte of the answer's header block, in which HPACK's table says the status.</summary>
    public static async Task<byte> PostAsync(IPEndPoint proxy, string authority, string body, params (string Name, string Value)[] trailers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy);
        var stream = client.GetStream();
        using var request = new MemoryStream();
        request.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Frame(request, Settings, 0, 0, []);
        Frame(
            request,
            Headers,
            EndHeaders,
            1,
            Block((":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", authority), ("te", "trailers"))
        );
        Frame(request, Data, 0, 1, Encoding.ASCII.GetBytes(body));
        Frame(request, Headers, EndHeaders | EndStream, 1, Block(trailers));
        await stream.WriteAsync(request.ToArray());

        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload);
            if (head[3] == Headers)
            {
                return payload[0];
            }
        }
    }

    private static void Frame(Stream output, byte type, byte flags, int streamId, byte[] payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head[5..], streamId);
        output.Write(head);
        output.Write(payload);
    }

    // Literal fields without indexing and without Huffman (RFC 7541 section 6.2.2).
    private static byte[] Block(params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            block.Add((byte)name.Length);
            block.AddRange(Encoding.ASCII.GetBytes(name));
            block.Add((byte)value.Length);
            block.AddRange(Encoding.ASCII.GetBytes(value));
        }

        return [.. block];
    }
}
