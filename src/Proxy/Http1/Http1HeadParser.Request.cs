using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

// Request lines, and the request's authority.
internal sealed partial class Http1HeadParser
{
    private HeadSlice _method;
    private HeadSlice _target;
    private TargetForm _form;

    private enum TargetForm : byte
    {
        Origin,
        Absolute,
        Authority,
        Asterisk,
    }

    private void ResetRequest() => _method = _target = default;

    private bool ReadRequestLine(ReadOnlySpan<byte> line)
    {
        var methodEnd = line.IndexOfAnyExcept(Http1Bytes.Token);
        if (methodEnd <= 0)
        {
            return Fail(methodEnd == 0 ? Http1Rule.Method : Http1Rule.RequestLine);
        }

        if (line[methodEnd] != (byte)' ')
        {
            return Fail(Http1Rule.Method);
        }

        var start = methodEnd + 1;
        var length = line[start..].IndexOfAnyExcept(Http1Bytes.Target);
        if (length < 0)
        {
            return Fail(start == line.Length ? Http1Rule.Target : Http1Rule.MissingVersion);
        }

        var stop = line[start + length];
        if (length == 0 || stop != (byte)' ')
        {
            return Fail(stop == (byte)'#' ? Http1Rule.Fragment : Http1Rule.Target);
        }

        _method = new(_lineStart, methodEnd);
        _target = new(_lineStart + start, length);
        return ReadVersion(line[(start + length + 1)..], Http1Rule.RequestLine)
            && (HasForm(line[..methodEnd], line.Slice(start, length)) || Fail(Http1Rule.TargetForm));
    }

    private bool ReadVersion(ReadOnlySpan<byte> version, Http1Rule otherwise)
    {
        if (version.SequenceEqual("HTTP/1.1"u8))
        {
            _version = HttpVersionKind.Http11;
            return true;
        }

        if (version.SequenceEqual("HTTP/1.0"u8))
        {
            _version = HttpVersionKind.Http10;
            return true;
        }

        var isVersion =
            version.Length == 8
            && version.StartsWith("HTTP/"u8)
            && char.IsAsciiDigit((char)version[5])
            && version[6] == (byte)'.'
            && char.IsAsciiDigit((char)version[7]);
        return Fail(isVersion ? Http1Rule.Version : otherwise);
    }

    // RFC 9112 section 3.2: each form has its methods, each method its forms.
    private bool HasForm(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        if (method.SequenceEqual("CONNECT"u8))
        {
            _form = TargetForm.Authority;
            return HostSyntax.IsValidWithPort(target);
        }

        if (target[0] == (byte)'/')
        {
            _form = TargetForm.Origin;
            return true;
        }

        if (target.SequenceEqual("*"u8))
        {
            _form = TargetForm.Asterisk;
            return method.SequenceEqual("OPTIONS"u8);
        }

        _form = TargetForm.Absolute;
        return SchemeLength(target) > 0;
    }

    private static int SchemeLength(ReadOnlySpan<byte> target) =>
        target.Length > 7 && Ascii.EqualsIgnoreCase(target[..7], "http://"u8) ? 4
        : target.Length > 8 && Ascii.EqualsIgnoreCase(target[..8], "https://"u8) ? 5
        : 0;

    private Http1ParseStatus FillRequest(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> scheme, RequestHead head)
    {
        if (!CheckFraming() || !CheckAuthority(bytes, out var authority))
        {
            return Http1ParseStatus.Refused;
        }

        if (_form == TargetForm.Authority && (_isChunked || _contentLength > 0))
        {
            // What follows a CONNECT is the tunnel's; a body before it would be one recipient's body and another's tunnel.
            return Refuse(Http1Rule.BodyNotAllowed);
        }

        var filled = head.Begin(_version, Bytes(bytes, _method), scheme, authority, Bytes(bytes, _target));
        foreach (ref readonly var field in _fields.AsSpan(0, _count))
        {
            filled = filled && head.AddHeader(bytes.Slice(field.Name, field.NameLength), bytes.Slice(field.Value, field.ValueLength));
        }

        return filled ? Http1ParseStatus.Done : Refuse(Http1Rule.HeadTooLong, limits.HeadBytes);
    }

    private bool CheckAuthority(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> authority)
    {
        authority = default;
        var host = default(ReadOnlySpan<byte>);
        if (_host >= 0)
        {
            ref readonly var field = ref _fields[_host];
            host = bytes.Slice(field.Value, field.ValueLength);
            if (!HostSyntax.IsValid(host))
            {
                return Fail(Http1Rule.Host);
            }
        }
        else if (_version == HttpVersionKind.Http11)
        {
            return Fail(Http1Rule.HostMissing);
        }

        authority = host;
        if (_form is TargetForm.Origin or TargetForm.Asterisk)
        {
            return true;
        }

        var target = Bytes(bytes, _target);
        authority = target;
        if (_form == TargetForm.Absolute)
        {
            // The target's host takes the header's place, here and upstream (RFC 9112 section 3.2.2).
            var rest = target[(SchemeLength(target) + 3)..];
            var end = rest.IndexOfAny((byte)'/', (byte)'?');
            authority = end < 0 ? rest : rest[..end];
            return HostSyntax.IsValid(authority) || Fail(Http1Rule.Host);
        }

        return _host < 0 || HostSyntax.AreSame(host, authority) || Fail(Http1Rule.HostMismatch);
    }

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> bytes, HeadSlice slice) => bytes.Slice(slice.Start, slice.Length);
}
