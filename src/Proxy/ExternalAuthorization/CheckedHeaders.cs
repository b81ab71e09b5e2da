using System.Collections.Immutable;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>Pure: which headers go to a service, and which of its own come back.</summary>
internal static class CheckedHeaders
{
    // Each is about one connection, or about a message that is put together anew.
    private static readonly ImmutableHashSet<string> OfMessage = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade"
    );

    public static bool IsOfMessage(string name) => OfMessage.Contains(name);

    /// <summary>Whether a service may set, add or take away such a header: its name is one, and is not that of a message (nor a pseudo-header's).</summary>
    public static bool MayChange(string name) =>
        name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Http1Bytes.TokenCharacters) && !IsOfMessage(name);

    /// <param name="names">Default for all.</param>
    public static bool Has(ImmutableArray<ValueMatch> names, ReadOnlySpan<byte> name)
    {
        if (names.IsDefault)
        {
            return true;
        }

        foreach (var match in names)
        {
            if (match.IsMatch(name))
            {
                return true;
            }
        }

        return false;
    }

    public static bool Has(ImmutableArray<ValueMatch> names, string name) => Has(names, Encoding.Latin1.GetBytes(name.ToLowerInvariant()));

    /// <summary>The request's headers that the service sees, repeated ones apart, without those of its message.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(RequestHead head, ExternalCheck check)
    {
        for (var i = 0; i < head.HeaderCount; i++)
        {
            var name = Encoding.Latin1.GetString(head.HeaderName(i));
            // Envoy: credentials are what most services are asked about.
            if (!IsOfMessage(name) && (Has(check.RequestHeaders, head.HeaderName(i)) || name == "authorization"))
            {
                yield return KeyValuePair.Create(name, Encoding.Latin1.GetString(head.HeaderValue(i)));
            }
        }
    }
}
