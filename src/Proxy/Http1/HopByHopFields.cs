using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>Header fields that belong to one connection and are never forwarded (RFC 9110 section 7.6.1), by lower-case name.</summary>
internal static class HopByHopFields
{
    public static bool Contains(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            2 => name.SequenceEqual("te"u8),
            7 => name.SequenceEqual("upgrade"u8),
            10 => name.SequenceEqual("connection"u8) || name.SequenceEqual("keep-alive"u8),
            14 => name.SequenceEqual("http2-settings"u8),
            16 => name.SequenceEqual("proxy-connection"u8),
            17 => name.SequenceEqual("transfer-encoding"u8),
            _ => false,
        };

    /// <summary>
    /// Takes what the Connection header lists out of a request before anything reads it: policies must not go by what the application does not get,
    /// and what is added later under such a name gets there.
    /// </summary>
    public static void RemoveListed(RequestHead head, in Http1HeadFacts facts)
    {
        if ((facts.Options & Http1ConnectionOptions.Fields) == 0)
        {
            return;
        }

        for (var i = head.HeaderCount - 1; i >= 0; i--)
        {
            var name = head.HeaderName(i);
            if (!Contains(name) && IsListed(head, facts, name))
            {
                head.RemoveHeader(i);
            }
        }
    }

    /// <summary>
    /// Whether a Connection header that names this field may take it away. Framing and addressing stay, and so does what proxies add on the way:
    /// else a client could have its origin hidden from the upstream.
    /// </summary>
    public static bool CanBeListed(ReadOnlySpan<byte> name) =>
        !(
            name.SequenceEqual("host"u8)
            || name.SequenceEqual("content-length"u8)
            || name.SequenceEqual("x-request-id"u8)
            || name.StartsWith("x-forwarded-"u8)
            || name.StartsWith("x-envoy-"u8)
        );

    private static bool IsListed(RequestHead head, in Http1HeadFacts facts, ReadOnlySpan<byte> name)
    {
        if ((facts.ListedFields & ConnectionFields.Bit(name)) == 0 || !CanBeListed(name))
        {
            return false;
        }

        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) == KnownHeader.Connection && ConnectionFields.Lists(head.HeaderValue(i), name))
            {
                return true;
            }
        }

        return false;
    }
}
