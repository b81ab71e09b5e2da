using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

// Status lines.
internal sealed partial class Http1HeadParser
{
    private const int VersionLength = 8;

    private int _status;
    private HeadSlice _reason;

    private bool ReadStatusLine(ReadOnlySpan<byte> line)
    {
        var versionEnd = line.IndexOf((byte)' ');
        if (!ReadVersion(versionEnd < 0 ? line : line[..versionEnd], Http1Rule.StatusLine))
        {
            return false;
        }

        if (versionEnd < 0)
        {
            return Fail(Http1Rule.StatusLine);
        }

        var rest = line[(VersionLength + 1)..];
        if (rest.Length < 3 || rest[..3].ContainsAnyExcept(Http1Bytes.Digits) || rest[0] == (byte)'0')
        {
            return Fail(Http1Rule.StatusCode);
        }

        // Servers that leave the reason out often leave its space out too; there is only one way to read it.
        if (rest.Length > 3 && rest[3] != (byte)' ')
        {
            return Fail(char.IsAsciiDigit((char)rest[3]) ? Http1Rule.StatusCode : Http1Rule.StatusLine);
        }

        _status = ((rest[0] - '0') * 100) + ((rest[1] - '0') * 10) + (rest[2] - '0');
        var reason = Math.Min(rest.Length, 4);
        _reason = new(_lineStart + VersionLength + 1 + reason, rest.Length - reason);
        return true;
    }

    private Http1ParseStatus FillResponse(ReadOnlySpan<byte> bytes, ResponseHead head)
    {
        if (!CheckFraming())
        {
            return Http1ParseStatus.Refused;
        }

        // RFC 9110 section 8.6, RFC 9112 section 6.1. Many servers put "Content-Length: 0" on 204; it says nothing wrong.
        if ((_status is < 200 or 204) && (_isChunked || _contentLength > 0))
        {
            return Refuse(Http1Rule.BodyNotAllowed);
        }

        head.Begin(_version, _status, Bytes(bytes, _reason));
        foreach (ref readonly var field in _fields.AsSpan(0, _count))
        {
            head.AddHeader(bytes.Slice(field.Name, field.NameLength), bytes.Slice(field.Value, field.ValueLength));
        }

        return Http1ParseStatus.Done;
    }
}
