using System.Net.Sockets;

namespace Mesh.Proxy.Redirect;

/// <summary>Pure: what <c>ip</c> is asked for beside the rules, as its arguments.</summary>
internal static class RedirectRouting
{
    /// <summary>The address that the proxy dials from. All of 127.0.0.0/8 is this host's; of IPv6 it is one address.</summary>
    public const string PassthroughIpv6 = RedirectRules.PassthroughIpv6 + "/128";

    public static IEnumerable<string[]> Apply(RedirectOptions options, AddressFamily family)
    {
        var ip = Option(family);
        if (options.Transparent)
        {
            // Marked packets are delivered here although they are addressed to others.
            var (mark, table) = ($"{RedirectRules.TransparentMark}", $"{RedirectRules.TransparentTable}");
            yield return [ip, "rule", "add", "fwmark", mark, "lookup", table];
            yield return [ip, "route", "replace", "local", "default", "dev", "lo", "table", table];
        }

        if (family == AddressFamily.InterNetworkV6)
        {
            yield return [ip, "addr", "replace", PassthroughIpv6, "dev", "lo"];
        }
    }

    /// <summary>Which family a command of <c>ip</c> is about.</summary>
    public static string Option(AddressFamily family) => family == AddressFamily.InterNetwork ? "-4" : "-6";
}
