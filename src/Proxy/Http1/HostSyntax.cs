using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>Checks and compares authorities: host names or addresses with an optional port (RFC 9110 section 7.2).</summary>
internal static class HostSyntax
{
    /// <summary>A host that is not empty (RFC 9110 section 4.2.1), without user information, and a port between 1 and 65535, which may be empty.</summary>
    public static bool IsValid(ReadOnlySpan<byte> authority)
    {
        Split(authority, out var host, out var port);
        // Nothing listens on port 0: what some would drop as none, and others keep, is two names for one host.
        if (host.IsEmpty || port.Length > 5 || port.ContainsAnyExcept(Http1Bytes.Digits) || (!port.IsEmpty && Number(port) is 0 or > 65535))
        {
            return false;
        }

        return host[0] == (byte)'['
            ? host.Length > 2 && host[^1] == (byte)']' && !host[1..^1].ContainsAnyExcept(Http1Bytes.HostAddress)
            : !host.ContainsAnyExcept(Http1Bytes.HostName);
    }

    /// <summary>A valid authority with a port of its own, as CONNECT needs it.</summary>
    public static bool IsValidWithPort(ReadOnlySpan<byte> authority)
    {
        Split(authority, out _, out var port);
        return IsValid(authority) && Number(port) > 0;
    }

    /// <summary>The same host and port.</summary>
    public static bool AreSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        Split(one, out var host, out var port);
        Split(other, out var otherHost, out var otherPort);
        return Ascii.EqualsIgnoreCase(host, otherHost) && Number(port) == Number(otherPort);
    }

    private static void Split(ReadOnlySpan<byte> authority, out ReadOnlySpan<byte> host, out ReadOnlySpan<byte> port)
    {
        // The colons of an address in brackets are not the port's.
        var from = authority.LastIndexOf((byte)']') + 1;
        var colon = authority[from..].IndexOf((byte)':');
        host = colon < 0 ? authority : authority[..(from + colon)];
        port = colon < 0 ? default : authority[(from + colon + 1)..];
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
