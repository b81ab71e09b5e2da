using System.Net.Sockets;

namespace Mesh.Proxy.Redirect;

/// <summary>Pure: what <c>ip</c> is asked for beside the rules, as its arguments.</summary>
internal static class RedirectRouting
{
    /// <summary>The address that the proxy dials from. All of 127.0.0.0/8 is this host's; of IPv6 it is one address.</summary>
    public const string PassthroughIpv6 = RedirectRules.PassthroughIpv6 + "/128";

    public static IEnumerable<string[]> Apply(RedirectOptions options, AddressFamily family)
    {
        IEnumerable<string[]> routing = options.Transparent ? Transparent(family) : [];
        return family == AddressFamily.InterNetworkV6
            ? routing.Append([Option(family), "addr", "replace", PassthroughIpv6, "dev", "lo"])
            : routing;
    }

    /// <summary>Marked packets are delivered here although they are addressed to others.</summary>
    public static IEnumerable<string[]> Transparent(AddressFamily family)
    {
        var (ip, mark, table) = (Option(family), $"{RedirectRules.TransparentMark}", $"{RedirectRules.TransparentTable}");
        yield return [ip, "rule", "add", "fwmark", mark, "lookup", table];
        yield return [ip, "route", "replace", "local", "default", "dev", "lo", "table", table];
    }

    /// <summary>Which family a command of <c>ip</c> is about.</summary>
    public static string Option(AddressFamily family) => family == AddressFamily.InterNetwork ? "-4" : "-6";
}
