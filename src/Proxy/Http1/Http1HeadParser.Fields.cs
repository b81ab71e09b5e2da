using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

// Header lines, and what those about connection and framing say.
internal sealed partial class Http1HeadParser
{
    private HttpVersionKind _version;
    private long _contentLength = -1;
    private bool _isChunked;
    private bool _hasUpgrade;
    private bool _expectsContinue;
    private Http1ConnectionOptions _options;
    private ulong _listed;
    private int _host = -1;
    private bool _isResponse;

    private bool ReadField(ReadOnlySpan<byte> line)
    {
        var isTrailer = _section == Section.Trailers;
        if (_count == (isTrailer ? limits.TrailerCount : limits.HeaderCount))
        {
            return Fail(isTrailer ? Http1Rule.TooManyTrailers : Http1Rule.TooManyHeaders, _count);
        }

        var colon = line.IndexOfAnyExcept(Http1Bytes.Token);
        if (colon <= 0 || line[colon] != (byte)':')
        {
            return Fail(WhyNoName(line, colon));
        }

        var start = colon + 1;
        while (start < line.Length && line[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        var end = line.Length;
        while (end > start && line[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, _fields.Length * 2);
        }

        _fields[_count] = new(_lineStart, colon, _lineStart + start, end - start);
        var read = isTrailer ? CanBeTrailer(line[..colon]) : ReadKnown(line[..colon], line[start..end]);
        _count++;
        return read;
    }

    private static Http1Rule WhyNoName(ReadOnlySpan<byte> line, int stop)
    {
        if (stop == 0)
        {
            return line[0] is (byte)' ' or (byte)'\t' ? Http1Rule.ObsoleteFold : Http1Rule.HeaderName;
        }

        if (stop < 0 || !line[stop..].Contains((byte)':'))
        {
            return Http1Rule.MissingColon;
        }

        return Http1Bytes.Trim(line[stop..])[0] == (byte)':' ? Http1Rule.SpaceBeforeColon : Http1Rule.HeaderName;
    }

    // RFC 9110 section 6.5.1: whoever merged one of these would frame or route the message anew.
    private bool CanBeTrailer(ReadOnlySpan<byte> name) =>
        !(
            Ascii.EqualsIgnoreCase(name, "content-length"u8)
            || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8)
            || Ascii.EqualsIgnoreCase(name, "host"u8)
        ) || Fail(Http1Rule.TrailerField);

    private bool ReadKnown(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 4 when Ascii.EqualsIgnoreCase(name, "host"u8):
                return ReadHost();
            case 6 when Ascii.EqualsIgnoreCase(name, "expect"u8):
                _expectsContinue |= Ascii.EqualsIgnoreCase(value, "100-continue"u8);
                return true;
            case 7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8):
                _hasUpgrade |= !value.IsEmpty;
                return true;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                ConnectionFields.Read(value, ref _options, ref _listed);
                return true;
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                return ReadContentLength(value);
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                return ReadTransferEncoding(value);
            default:
                return true;
        }
    }

    private bool ReadHost()
    {
        if (_section != Section.Request)
        {
            return true;
        }

        if (_host >= 0)
        {
            return Fail(Http1Rule.HostRepeated);
        }

        _host = _count;
        return true;
    }

    // Also a list of equal numbers is refused, which RFC 9112 section 6.3 leaves to the recipient.
    private bool ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (_contentLength >= 0)
        {
            return Fail(Http1Rule.ContentLengthRepeated);
        }

        // 18 digits fit a long.
        if (value.IsEmpty || value.Length > 18 || value.ContainsAnyExcept(Http1Bytes.Digits))
        {
            return Fail(Http1Rule.ContentLength);
        }

        _contentLength = 0;
        foreach (var digit in value)
        {
            _contentLength = (_contentLength * 10) + (digit - '0');
        }

        return true;
    }

    private bool ReadTransferEncoding(ReadOnlySpan<byte> value)
    {
        if (_isChunked)
        {
            return Fail(Http1Rule.TransferEncodingRepeated);
        }

        if (!Ascii.EqualsIgnoreCase(value, "chunked"u8))
        {
            return Fail(WhyNotChunked(value));
        }

        _isChunked = true;
        return true;
    }

    // "gzip, chunked" is well formed, we only cannot do it; anything whose end a recipient could see elsewhere is malformed.
    private static Http1Rule WhyNotChunked(ReadOnlySpan<byte> value)
    {
        var comma = value.LastIndexOf((byte)',');
        if (comma < 0 || !Ascii.EqualsIgnoreCase(Http1Bytes.Trim(value[(comma + 1)..]), "chunked"u8))
        {
            return Http1Rule.TransferEncoding;
        }

        for (var rest = value[..comma]; ; rest = rest[(comma + 1)..])
        {
            comma = rest.IndexOf((byte)',');
            var coding = Http1Bytes.Trim(comma < 0 ? rest : rest[..comma]);
            if (coding.IsEmpty || coding.ContainsAnyExcept(Http1Bytes.Token) || Ascii.EqualsIgnoreCase(coding, "chunked"u8))
            {
                return Http1Rule.TransferEncoding;
            }

            if (comma < 0)
            {
                return Http1Rule.TransferCoding;
            }
        }
    }

    private bool CheckFraming()
    {
        if (_isChunked && _version == HttpVersionKind.Http10)
        {
            return Fail(Http1Rule.TransferEncodingInHttp10); // RFC 9112 section 6.1
        }

        if (_isChunked && _contentLength >= 0)
        {
            return Fail(Http1Rule.LengthAndTransferEncoding);
        }

        var isHttp11 = _version == HttpVersionKind.Http11;
        Facts = new()
        {
            Version = _version,
            ContentLength = _contentLength,
            IsChunked = _isChunked,
            Options = _options,
            ListedFields = _listed,
            ExpectsContinue = _expectsContinue && isHttp11,
            HasUpgrade = _hasUpgrade && isHttp11 && (_options & Http1ConnectionOptions.Upgrade) != 0,
        };
        return true;
    }

    private void ResetFacts()
    {
        _contentLength = -1;
        _isChunked = _hasUpgrade = _expectsContinue = _isResponse = false;
        _options = default;
        _listed = 0;
        _host = -1;
        ResetRequest();
    }
}
