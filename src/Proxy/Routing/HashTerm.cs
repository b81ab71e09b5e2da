using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Routing;

/// <summary>One thing in a request that decides its endpoint.</summary>
internal sealed class HashTerm
{
    // "::ffff:" before the dotted form: the same client on an IPv4 socket has no such prefix.
    private static ReadOnlySpan<byte> MappedPrefix => "::ffff:"u8;

    private readonly byte[] _name = [];

    public required HashTermKind Kind { get; init; }

    /// <summary>Of the header (lower case), the cookie or the parameter; empty for <see cref="HashTermKind.SourceIp"/>.</summary>
    public string Name
    {
        get => Encoding.UTF8.GetString(_name);
        init => _name = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>Ends the policy where anything was found up to here.</summary>
    public bool Terminal { get; init; }

    /// <summary>Lifetime of a cookie made for clients that have none; zero for one that ends with their session, null makes none.</summary>
    public TimeSpan? CookieTtl { get; init; }

    /// <summary>Where the made cookie holds; empty for the path of the request.</summary>
    public string CookiePath { get; init; } = "";

    /// <summary>Further attributes of the made cookie, written as in Set-Cookie: <c>; SameSite=Strict; Secure</c>.</summary>
    public string CookieAttributes { get; init; } = "";

    public bool MakesCookie => CookieTtl is not null && Kind == HashTermKind.Cookie;

    public bool TryHash(RequestHead head, IPEndPoint remote, out ulong hash)
    {
        ReadOnlySpan<byte> value;
        bool found;
        switch (Kind)
        {
            case HashTermKind.Header:
                found = head.TryGet(_name, out value);
                break;
            case HashTermKind.Cookie:
                found = TryGetCookie(head, out value);
                break;
            case HashTermKind.QueryParameter:
                found = QueryParameters.TryFind(head.Query, _name, out value);
                break;
            default:
                hash = Of(remote.Address);
                return true;
        }

        hash = found ? XxHash64.Of(value) : 0;
        return found;
    }

    /// <summary>
    /// A made cookie's value. From the connection, so that requests which race on it get the same one (Envoy, Filter::addDownstreamSetCookie).
    /// </summary>
    public static string CookieValue(IPEndPoint remote, IPEndPoint local) =>
        Of($"{remote}{local}").ToString("x16", CultureInfo.InvariantCulture);

    public static ulong Of(string text) => XxHash64.Of(Encoding.UTF8.GetBytes(text));

    public static ulong Of(IPAddress address)
    {
        Span<byte> text = stackalloc byte[64];
        address.TryFormat(text, out var written);
        text = text[..written];
        return XxHash64.Of(address.IsIPv4MappedToIPv6 ? text[MappedPrefix.Length..] : text);
    }

    public string SetCookie(string value)
    {
        var text = new StringBuilder().Append(Name).Append("=\"").Append(value).Append('"');
        if (CookieTtl is { } ttl && ttl > TimeSpan.Zero)
        {
            text.Append(CultureInfo.InvariantCulture, $"; Max-Age={(long)Math.Ceiling(ttl.TotalSeconds)}");
        }

        if (CookiePath.Length > 0)
        {
            text.Append("; Path=").Append(CookiePath);
        }

        return text.Append(CookieAttributes).Append("; HttpOnly").ToString();
    }

    // An empty cookie is none (Envoy, CookieHashMethod).
    private bool TryGetCookie(RequestHead head, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!head.TryGet(KnownHeader.Cookie, out var rest))
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)';');
            var pair = (end < 0 ? rest : rest[..end]).Trim((byte)' ');
            rest = end < 0 ? default : rest[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            if (equals >= 0 && pair[..equals].SequenceEqual(_name))
            {
                value = pair[(equals + 1)..];
                if (value.Length >= 2 && value[0] == (byte)'"' && value[^1] == (byte)'"')
                {
                    value = value[1..^1];
                }

                return !value.IsEmpty;
            }
        }

        return false;
    }
}
