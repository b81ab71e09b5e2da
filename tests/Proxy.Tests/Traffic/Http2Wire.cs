using System.Buffers.Binary;
using System.Text;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>HTTP/2 frames by hand (RFC 9113), for what no library would send.</summary>
internal static class Http2Wire
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Priority = 2;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;

    public static byte[] Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    public static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Setting(short id, int value)
    {
        var payload = new byte[6];
        BinaryPrimitives.WriteInt16BigEndian(payload, id);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(2), value);
        return payload;
    }

    /// <summary>Literal fields without indexing and without Huffman (RFC 7541 section 6.2.2).</summary>
    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            foreach (var text in new[] { name, value })
            {
                var bytes = Encoding.Latin1.GetBytes(text);
                Length(block, bytes.Length);
                block.AddRange(bytes);
            }
        }

        return [.. block];
    }

    public static byte[] Request(string method, string path, params (string Name, string Value)[] more) =>
        Block([(":method", method), (":scheme", "http"), (":path", path), (":authority", "reviews"), .. more]);

    /// <summary>A GET in one frame.</summary>
    public static byte[] Get(int stream, params (string Name, string Value)[] more) =>
        Frame(Headers, EndHeaders | EndStream, stream, Request("GET", "/", more));

    // RFC 7541 section 5.1 with a prefix of 7 bits.
    private static void Length(List<byte> block, int length)
    {
        if (length < 127)
        {
            block.Add((byte)length);
            return;
        }

        block.Add(127);
        for (length -= 127; length >= 128; length >>= 7)
        {
            block.Add((byte)(0x80 | (length & 0x7f)));
        }

        block.Add((byte)length);
    }
}
