using System.Buffers.Binary;
using System.Text;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>HTTP/2 frames by hand (RFC 9113), sound and unsound.</summary>
internal static class Http2Frames
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Settings = 4;
    public const byte EndHeaders = 4;
    public const byte EndStream = 1;

    private const short InitialWindowSize = 4;

    public static byte[] Preface => Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

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

    /// <summary>SETTINGS that give the peer this many bytes to send on each stream before it must wait for more.</summary>
    public static byte[] SettingsWithWindow(int window)
    {
        Span<byte> payload = stackalloc byte[6];
        BinaryPrimitives.WriteInt16BigEndian(payload, InitialWindowSize);
        BinaryPrimitives.WriteInt32BigEndian(payload[2..], window);
        return Frame(Settings, 0, 0, payload);
    }

    /// <summary>HEADERS that opens a gRPC call; literals without indexing, RFC 7541 6.2.2.</summary>
    public static byte[] GrpcCall(int stream, string path, string authority)
    {
        var block = new List<byte>();
        void Add(string name, string value)
        {
            block.Add(0);
            foreach (var text in new[] { name, value })
            {
                var bytes = Encoding.Latin1.GetBytes(text);
                Assert.InRange(bytes.Length, 0, 126);
                block.Add((byte)bytes.Length);
                block.AddRange(bytes);
            }
        }

        Add(":method", "POST");
        Add(":scheme", "http");
        Add(":path", path);
        Add(":authority", authority);
        Add("content-type", "application/grpc");
        Add("te", "trailers");
        return Frame(Headers, EndHeaders, stream, [.. block]);
    }

    /// <summary>A gRPC message in a DATA frame.</summary>
    public static byte[] GrpcMessage(int stream, ReadOnlySpan<byte> message) => Frame(Data, 0, stream, LengthPrefixed(message));

    public static byte[] LengthPrefixed(ReadOnlySpan<byte> message)
    {
        var prefixed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(prefixed.AsSpan(1), message.Length);
        message.CopyTo(prefixed.AsSpan(5));
        return prefixed;
    }
}
