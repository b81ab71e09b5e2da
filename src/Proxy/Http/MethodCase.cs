using System.Text;

namespace Mesh.Proxy.Http;

/// <summary>
/// Methods have a case (RFC 9110 section 9.1), and not everybody reads them so: .NET's HTTP/2 client writes <c>get</c> as <c>GET</c>, as do some
/// applications. A policy would then have decided about another request than the one that is served.
/// </summary>
internal static class MethodCase
{
    private static readonly byte[][] Known =
    [
        .. new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY" }.Select(
            Encoding.ASCII.GetBytes
        ),
    ];

    /// <summary>False for a known method in another case. Allocates nothing.</summary>
    public static bool IsSound(ReadOnlySpan<byte> method)
    {
        if (method.IndexOfAnyInRange((byte)'a', (byte)'z') < 0)
        {
            return true;
        }

        foreach (var known in Known)
        {
            if (Ascii.EqualsIgnoreCase(method, known))
            {
                return false;
            }
        }

        return true;
    }
}
