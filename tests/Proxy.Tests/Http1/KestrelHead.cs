using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>A request head as Kestrel's own parser reads it.</summary>
internal sealed class KestrelHead : IHttpRequestLineHandler, IHttpHeadersHandler
{
    private readonly StringBuilder _text = new();

    /// <summary>What Kestrel made of it, in a text that can be compared; null where it refused or wants more.</summary>
    public static string? Read(byte[] bytes)
    {
        var head = new KestrelHead();
        var parser = new HttpParser<KestrelHead>();
        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(bytes));
        try
        {
            return parser.ParseRequestLine(head, ref reader) && parser.ParseHeaders(head, ref reader) ? head._text.ToString() : null;
        }
#pragma warning disable CS0618 // the parser still throws the old type
        catch (Microsoft.AspNetCore.Server.Kestrel.Core.BadHttpRequestException)
#pragma warning restore CS0618
        {
            return null;
        }
        catch (BadHttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The same text of our own reading.</summary>
    public static string Of(MessageReading reading)
    {
        var text = new StringBuilder();
        text.Append(WireText.Escape(reading.Request.Method)).Append(' ').Append(WireText.Escape(reading.Request.Target)).Append('\n');
        for (var i = 0; i < reading.Request.HeaderCount; i++)
        {
            Append(text, Encoding.Latin1.GetString(reading.Request.HeaderName(i)), reading.Request.HeaderValue(i));
        }

        return text.ToString();
    }

    public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        // What Kestrel hands over ends with the target.
        _text.Append(WireText.Escape(startLine[..(targetPath.Offset - 1)])).Append(' ');
        _text.Append(WireText.Escape(startLine[targetPath.Offset..])).Append('\n');
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Append(_text, Encoding.Latin1.GetString(name), value);

    public void OnHeadersComplete(bool endStream) { }

    public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1.1 has no table of headers");

    public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) =>
        throw new NotSupportedException("HTTP/1.1 has no table of headers");

    private static void Append(StringBuilder text, string name, ReadOnlySpan<byte> value) =>
        text.Append(name.ToLowerInvariant()).Append(": ").Append(WireText.Escape(value)).Append('\n');
}
