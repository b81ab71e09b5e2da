using System.Net.Http.Headers;
using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Telemetry;

/// <summary>An upstream's response headers, as whichever codec read them.</summary>
internal readonly struct ResponseFields
{
    private readonly ResponseHead? _head;
    private readonly HttpResponseMessage? _message;

    public ResponseFields(ResponseHead head) => _head = head;

    public ResponseFields(HttpResponseMessage message) => _message = message;

    /// <summary>The first value of the header, or of the alternate where it has none; empty for neither.</summary>
    /// <param name="name">In lower case, as the other.</param>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> alternate) =>
        Find(name) is { IsEmpty: false } value ? value
        : alternate.IsEmpty ? default
        : Find(alternate);

    private ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        if (_head is not null)
        {
            return _head.TryGet(name, out var value) ? value : default;
        }

        if (_message is null)
        {
            return default;
        }

        // Strings of .NET's client, which stand for bytes.
        var text = Encoding.ASCII.GetString(name);
        return Of(_message.Headers, text) ?? Of(_message.Content.Headers, text) ?? default(ReadOnlySpan<byte>);
    }

    private static byte[]? Of(HttpHeaders headers, string name)
    {
        if (!headers.NonValidated.TryGetValues(name, out var values))
        {
            return null;
        }

        foreach (var value in values)
        {
            return Encoding.Latin1.GetBytes(value);
        }

        return null;
    }
}
