using System.Buffers;
using System.Buffers.Binary;

namespace Mesh.Grpc;

/// <summary>The pure half of message framing: one byte of flags, four of length, then the message (PROTOCOL-HTTP2, Length-Prefixed-Message).</summary>
internal static class GrpcFrame
{
    public const int HeaderSize = 5;

    /// <summary>Looks at the front of <paramref name="buffer"/>; decides on flag and size from the five header bytes, before any of the message is there.</summary>
    /// <param name="buffer">What has come in so far.</param>
    /// <param name="maxSize">The largest message taken, in bytes.</param>
    /// <param name="payload">The message, when the outcome is Message.</param>
    /// <param name="length">Incomplete: the bytes needed in all. TooLarge: the announced length of the message.</param>
    public static GrpcFrameOutcome Read(ReadOnlySequence<byte> buffer, int maxSize, out ReadOnlySequence<byte> payload, out long length)
    {
        payload = default;
        length = HeaderSize;
        if (buffer.IsEmpty)
        {
            return GrpcFrameOutcome.Incomplete;
        }
        switch (buffer.FirstSpan[0])
        {
            case 0:
                break;
            case 1:
                return GrpcFrameOutcome.Compressed;
            default:
                return GrpcFrameOutcome.BadFlag;
        }
        if (buffer.Length < HeaderSize)
        {
            return GrpcFrameOutcome.Incomplete;
        }
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        var size = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (size > (uint)maxSize)
        {
            length = size;
            return GrpcFrameOutcome.TooLarge;
        }
        length = HeaderSize + (long)size;
        if (buffer.Length < length)
        {
            return GrpcFrameOutcome.Incomplete;
        }
        payload = buffer.Slice(HeaderSize, size);
        return GrpcFrameOutcome.Message;
    }

    /// <summary>Writes the five bytes in front of an uncompressed message.</summary>
    public static void WriteHeader(IBufferWriter<byte> output, int size)
    {
        var header = output.GetSpan(HeaderSize);
        header[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)size);
        output.Advance(HeaderSize);
    }
}
