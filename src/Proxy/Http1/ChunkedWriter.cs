using System.Buffers;
using System.Buffers.Text;

namespace Mesh.Proxy.Http1;

/// <summary>Writes a chunked body: each piece of data as one chunk, then the last chunk with the trailers that may be forwarded.</summary>
internal static class ChunkedWriter
{
    private const int MostSizeBytes = 16 + 2;

    /// <summary>Writes data as one chunk; empty data writes nothing, because an empty chunk would end the body.</summary>
    public static void Write(IBufferWriter<byte> output, in ReadOnlySequence<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        WriteSize(output, data.Length);
        foreach (var segment in data)
        {
            output.Write(segment.Span);
        }

        output.Write("\r\n"u8);
    }

    /// <summary>The line before a chunk's data. The caller writes exactly that many bytes and CRLF behind it.</summary>
    public static void WriteSize(IBufferWriter<byte> output, long size)
    {
        var span = output.GetSpan(MostSizeBytes);
        Utf8Formatter.TryFormat(size, span, out var written, 'x');
        "\r\n"u8.CopyTo(span[written..]);
        output.Advance(written + 2);
    }

    /// <summary>The last chunk and an empty trailer section.</summary>
    public static void WriteEnd(IBufferWriter<byte> output) => output.Write("0\r\n\r\n"u8);

    /// <summary>The last chunk and trailers, without those that nobody may send there, or that HTTP/2 let through and would be more than one line.</summary>
    public static void WriteEnd(IBufferWriter<byte> output, HeaderFields trailers)
    {
        output.Write("0\r\n"u8);
        for (var i = 0; i < trailers.Count; i++)
        {
            var name = trailers.Name(i);
            if (TrailerFields.IsForwarded(name) && IsLine(name, trailers.Value(i)))
            {
                output.Write(name);
                output.Write(": "u8);
                output.Write(trailers.Value(i));
                output.Write("\r\n"u8);
            }
        }

        output.Write("\r\n"u8);
    }

    private static bool IsLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        !name.IsEmpty && !name.ContainsAnyExcept(Http1Bytes.Token) && !value.ContainsAny(Http1Bytes.Controls);
}
