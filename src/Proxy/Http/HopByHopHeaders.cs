using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Http;

/// <summary>Headers that belong to one connection and are never forwarded (RFC 9110 7.6.1).</summary>
internal static class HopByHopHeaders
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "te",
        "http2-settings",
        // From one proxy of the mesh to the next.
        LocalAnswer.RepeatableHeader,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Framing and addressing: a Connection header that names them must not take them away.
    private static readonly FrozenSet<string> Kept = new[] { "host", "content-length" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <param name="connection">Values of the message's Connection header.</param>
    public static bool Contains(string name, in StringValues connection) =>
        Names.Contains(name) || (connection.Count > 0 && IsListed(name, connection) && !Kept.Contains(name));

    private static bool IsListed(string name, in StringValues connection)
    {
        foreach (var line in connection)
        {
            var rest = line.AsSpan();
            foreach (var part in rest.Split(','))
            {
                if (rest[part].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
