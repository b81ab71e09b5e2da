using System.Buffers;
using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>One place of a request where tokens may stand: a header, a query parameter or a cookie.</summary>
/// <param name="Name">Of a header in lower case.</param>
/// <param name="Prefix">Of a header: what stands before the token, such as <c>Bearer </c>; other values of that header are no tokens.</param>
internal sealed record TokenLocation(TokenPlace Place, string Name, string Prefix = "")
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(Name);

    // A scheme's case does not matter (RFC 9110 section 11.1), and what an application takes must not pass unverified.
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(Prefix.ToLowerInvariant());

    /// <summary>Where tokens are looked for when nothing is said (RFC 6750 sections 2.1 and 2.3).</summary>
    public static TokenLocation Bearer { get; } = new(TokenPlace.Header, "authorization", "Bearer ");

    /// <inheritdoc cref="Bearer"/>
    public static TokenLocation AccessToken { get; } = new(TokenPlace.Parameter, "access_token");

    public bool Equals(TokenLocation? other) => other is not null && Place == other.Place && Name == other.Name && Prefix == other.Prefix;

    public override int GetHashCode() => HashCode.Combine(Place, Name, Prefix);

    /// <summary>The next token in this place, from a position that begins at 0 and is moved on.</summary>
    public bool TryNext(RequestHead head, ref int position, out ReadOnlySpan<byte> token) =>
        Place switch
        {
            TokenPlace.Header => TryNextHeader(head, ref position, out token),
            TokenPlace.Parameter => TryNextParameter(head, ref position, out token),
            _ => TryNextCookie(head, ref position, out token),
        };

    /// <summary>Takes every token in this place out of the request, and leaves the rest of it.</summary>
    public void Remove(RequestHead head)
    {
        switch (Place)
        {
            case TokenPlace.Header:
                for (var i = head.HeaderCount - 1; i >= 0; i--)
                {
                    if (HeaderSpelling.IsSame(head.HeaderName(i), _name) && TryValue(head.HeaderValue(i), out _))
                    {
                        head.RemoveHeader(i);
                    }
                }

                break;
            case TokenPlace.Parameter:
                head.RemoveParameters(this, static (parameter, self) => self.IsNamed(parameter));
                break;
            default:
                RemoveCookies(head);
                break;
        }
    }

    private bool TryNextHeader(RequestHead head, ref int position, out ReadOnlySpan<byte> token)
    {
        while (position < head.HeaderCount)
        {
            var index = position++;
            if (HeaderSpelling.IsSame(head.HeaderName(index), _name) && TryValue(head.HeaderValue(index), out token))
            {
                return true;
            }
        }

        token = default;
        return false;
    }

    private bool TryValue(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> token)
    {
        // Readers that split at white space take a tab, or what is a space in some character set, for the one behind a scheme.
        var behind = _prefix.Length - 1;
        var isToken =
            AsciiBytes.StartsWithIgnoreCase(value, _prefix)
            || (
                _prefix is [.., (byte)' ']
                && value.Length > behind
                && value[behind] is (byte)'\t' or >= 0x80
                && AsciiBytes.StartsWithIgnoreCase(value, _prefix.AsSpan(0, behind))
            );
        token = isToken ? value[_prefix.Length..].Trim(" \t"u8) : default;
        return isToken;
    }

    private bool TryNextParameter(RequestHead head, ref int position, out ReadOnlySpan<byte> token)
    {
        var query = head.Query;
        while (position < query.Length)
        {
            var rest = query[position..];
            var end = rest.IndexOf((byte)'&');
            var parameter = end < 0 ? rest : rest[..end];
            position += parameter.Length + 1;
            if (IsNamed(parameter))
            {
                var equals = parameter.IndexOf((byte)'=');
                token = equals < 0 ? default : Decoded(parameter[(equals + 1)..]);
                return true;
            }
        }

        token = default;
        return false;
    }

    // Position counts headers in its upper half and bytes of the cookie in its lower one, which no head exceeds.
    private bool TryNextCookie(RequestHead head, ref int position, out ReadOnlySpan<byte> token)
    {
        const int Bits = 19;
        for (var index = position >> Bits; index < head.HeaderCount; index++, position = index << Bits)
        {
            if (head.HeaderId(index) != KnownHeader.Cookie)
            {
                continue;
            }

            var value = head.HeaderValue(index);
            while ((position & ((1 << Bits) - 1)) is var from && from < value.Length)
            {
                var cookie = Cookie(value[from..]);
                position += cookie.Length + 1;
                if (TryCookie(cookie, out token))
                {
                    return true;
                }
            }
        }

        token = default;
        return false;
    }

    private void RemoveCookies(RequestHead head)
    {
        for (var i = head.HeaderCount - 1; i >= 0; i--)
        {
            if (head.HeaderId(i) != KnownHeader.Cookie)
            {
                continue;
            }

            var value = head.HeaderValue(i);
            var left = ArrayPool<byte>.Shared.Rent(value.Length + 2);
            var length = 0;
            var found = false;
            for (var from = 0; from < value.Length; )
            {
                var cookie = Cookie(value[from..]);
                from += cookie.Length + 1;
                if (TryCookie(cookie, out _))
                {
                    found = true;
                    continue;
                }

                var separator = length == 0 ? default : "; "u8;
                var text = cookie.Trim((byte)' ');
                separator.CopyTo(left.AsSpan(length));
                text.CopyTo(left.AsSpan(length + separator.Length));
                length += separator.Length + text.Length;
            }

            if (found && length == 0)
            {
                head.RemoveHeader(i);
            }
            else if (found)
            {
                head.ReplaceValue(i, left.AsSpan(0, length));
            }

            ArrayPool<byte>.Shared.Return(left);
        }
    }

    private static ReadOnlySpan<byte> Cookie(ReadOnlySpan<byte> cookies)
    {
        var end = cookies.IndexOf((byte)';');
        return end < 0 ? cookies : cookies[..end];
    }

    private bool TryCookie(ReadOnlySpan<byte> cookie, out ReadOnlySpan<byte> token)
    {
        var equals = cookie.IndexOf((byte)'=');
        var isNamed = equals >= 0 && Ascii.EqualsIgnoreCase(cookie[..equals].Trim(" \t"u8), _name);
        token = isNamed ? cookie[(equals + 1)..].Trim(" \t"u8).Trim((byte)'"') : default;
        return isNamed;
    }

    // Applications decode names and values, and some (ASP.NET) do not look at their case; what they would find must be found here.
    private bool IsNamed(ReadOnlySpan<byte> parameter)
    {
        var equals = parameter.IndexOf((byte)'=');
        return Ascii.EqualsIgnoreCase(Decoded(equals < 0 ? parameter : parameter[..equals]), _name);
    }

    private static ReadOnlySpan<byte> Decoded(ReadOnlySpan<byte> text) =>
        // Neither tokens nor the names they are given need an escape, so that this seldom allocates.
        text.Contains((byte)'%')
            ? Encoding.UTF8.GetBytes(Uri.UnescapeDataString(Encoding.Latin1.GetString(text)))
            : text;
}
