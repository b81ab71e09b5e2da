namespace Mesh.Proxy.Http1;

/// <summary>Which trailers are forwarded: none that frame, route, authenticate or describe the message (RFC 9110 section 6.5.1).</summary>
internal static class TrailerFields
{
    private static readonly byte[][] NeverForwarded =
    [
        [.. "authorization"u8],
        [.. "cache-control"u8],
        [.. "content-encoding"u8],
        [.. "content-length"u8],
        [.. "content-range"u8],
        [.. "content-type"u8],
        [.. "cookie"u8],
        [.. "expect"u8],
        [.. "host"u8],
        [.. "max-forwards"u8],
        [.. "proxy-authenticate"u8],
        [.. "proxy-authorization"u8],
        [.. "range"u8],
        [.. "set-cookie"u8],
        [.. "trailer"u8],
        [.. "www-authenticate"u8],
        [.. "x-forwarded-for"u8],
        [.. "x-forwarded-proto"u8],
    ];

    /// <param name="name">In lower case.</param>
    public static bool IsForwarded(ReadOnlySpan<byte> name)
    {
        if (HopByHopFields.Contains(name))
        {
            return false;
        }

        foreach (var other in NeverForwarded)
        {
            if (name.SequenceEqual(other))
            {
                return false;
            }
        }

        return true;
    }
}
