using System.Buffers.Text;

namespace Mesh.Proxy.Routing;

// Where the request goes: target, authority, and the normal forms that routing compares.
internal sealed partial class RequestHead
{
    private HeadSlice _scheme;
    private HeadSlice _authority;
    private HeadSlice _target;
    private HeadSlice _originForm;
    private HeadSlice _path;
    private HeadSlice _query;
    private HeadSlice _host;
    private HeadSlice _hostAndPort;
    private bool _hasFragment;
    private int _authorityPort;

    /// <summary><c>http</c> or <c>https</c> as the client said; may be empty.</summary>
    public ReadOnlySpan<byte> Scheme => Slice(_scheme);

    /// <summary>
    /// As received (or the absolute-form target's) but in normal form, which every reader and the upstream get: lower case, no trailing dot, the
    /// port in plain digits where there is one.
    /// </summary>
    public ReadOnlySpan<byte> Authority => Slice(_hostAndPort);

    /// <summary>Byte for byte as received; nothing may be decided by it.</summary>
    public ReadOnlySpan<byte> Target => Slice(_target);

    /// <summary>What goes upstream where nothing is rewritten: the path in its form, and the query.</summary>
    public ReadOnlySpan<byte> OriginForm => Slice(_originForm);

    /// <summary>The target without scheme, authority, query and fragment; after <see cref="TryNormalizePath"/> in the form that all readers share.</summary>
    public ReadOnlySpan<byte> Path => Slice(_path);

    /// <summary>What follows <c>?</c>, without it and without fragment.</summary>
    public ReadOnlySpan<byte> Query => Slice(_query);

    /// <summary>Whether there was a <c>?</c>, even with nothing after it.</summary>
    public bool HasQuery { get; private set; }

    /// <summary>No client sends one; such a request must be refused (Envoy answers 400, CVE-2021-39156).</summary>
    public bool HasFragment => _hasFragment;

    /// <summary>The authority in the form that routes are looked up by: lower case, no port, no trailing dot.</summary>
    public ReadOnlySpan<byte> Host => Slice(_host);

    /// <summary>The authority's port; 0 where it has none.</summary>
    public int AuthorityPort => _authorityPort;

    private void SplitTarget()
    {
        _originForm = _target;
        if (Target.Length > 0 && Target[0] != (byte)'/')
        {
            SplitAbsoluteForm();
        }

        var rest = Slice(_originForm);
        var end = rest.IndexOfAny((byte)'?', (byte)'#');
        var pathLength = end < 0 ? rest.Length : end;
        _path = new(_originForm.Start, pathLength);
        HasQuery = end >= 0 && rest[end] == (byte)'?';
        var fragment = end < 0 ? -1 : rest[end..].IndexOf((byte)'#');
        _hasFragment = fragment >= 0;
        if (HasQuery)
        {
            var queryEnd = fragment < 0 ? rest.Length : end + fragment;
            _query = new(_originForm.Start + end + 1, queryEnd - end - 1);
        }

        SplitAuthority();
    }

    private void SplitAbsoluteForm()
    {
        var target = Target;
        var colon = target.IndexOf("://"u8);
        if (colon <= 0 || !IsScheme(target[..colon]))
        {
            return; // "*" of OPTIONS, or the authority-form of CONNECT
        }

        var start = colon + 3;
        var end = target[start..].IndexOfAny("/?#"u8);
        end = end < 0 ? target.Length : start + end;
        _scheme = CopyLower(target[..colon]);
        _authority = new(_target.Start + start, end - start);
        if (end < target.Length && target[end] == (byte)'/')
        {
            _originForm = new(_target.Start + end, target.Length - end);
            return;
        }

        // An absent path is "/" (RFC 9110 section 4.2.3).
        var from = _used;
        Copy("/"u8);
        Copy(Target[end..]);
        _originForm = new(from, _used - from);
    }

    private static bool IsScheme(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'+' or (byte)'-' or (byte)'.'))
            {
                return false;
            }
        }

        return true;
    }

    private void SplitAuthority()
    {
        var authority = Slice(_authority);
        var colon = authority.LastIndexOf((byte)':');
        // [::1] has colons and no port; [::1]:80 has one behind the bracket.
        if (colon >= 0 && authority[colon..].Contains((byte)']'))
        {
            colon = -1;
        }

        var host = authority;
        var port = 0;
        if (colon >= 0)
        {
            var digits = authority[(colon + 1)..];
            if (digits.IsEmpty)
            {
                host = authority[..colon];
            }
            else if (
                Utf8Parser.TryParse(digits, out uint number, out var read)
                && read == digits.Length
                && char.IsAsciiDigit((char)digits[0])
                && number is > 0 and <= 65535
            )
            {
                host = authority[..colon];
                port = (int)number;
            }
        }

        while (host.Length > 1 && host[^1] == (byte)'.')
        {
            host = host[..^1];
        }

        _authorityPort = port;
        _host = CopyLower(host);
        _hostAndPort = _host;
        if (port != 0)
        {
            _buffer[_used++] = (byte)':';
            Utf8Formatter.TryFormat(port, _buffer.AsSpan(_used), out var written);
            _used += written;
            _hostAndPort = new(_host.Start, _host.Length + 1 + written);
        }
    }
}
