using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.Startup;

namespace Mesh.Proxy.Redirect;

/// <summary>The command line of <c>proxy redirect</c> behind its verb.</summary>
internal static class RedirectOptionSet
{
    private const string All = "*";

    /// <summary>The options, or null with the code to exit with.</summary>
    public static RedirectOptions? Read(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error,
        out int exitCode
    )
    {
        var set = new OptionSet(
            "Gives the TCP traffic of this network namespace to the proxy: 'apply' writes the kernel's rules, 'remove' takes them away, 'print' shows them."
        );
        var mode = set.Optional(
            "--mode",
            "redirect|tproxy",
            "How incoming connections are captured; tproxy keeps the client's address.",
            "redirect",
            Mode
        );
        var outbound = set.Optional("--outbound-port", "PORT", "The proxy's port for outgoing connections.", "15001", Port);
        var inbound = set.Optional("--inbound-port", "PORT", "The proxy's port for incoming connections.", "15006", Port);
        var users = set.Optional("--exempt-uid", "UID,...", "Users whose traffic stays as it is: the proxy's.", "1337", Numbers);
        var groups = set.Optional("--exempt-gid", "GID,...", "Groups whose traffic stays as it is.", "1337", Numbers);
        var ranges = set.Optional("--include-outbound-ranges", "CIDR,...", "Destinations that are captured; * for all.", All, AllOrRanges);
        var excludedRanges = set.Optional("--exclude-outbound-ranges", "CIDR,...", "Destinations that are not captured.", Ranges);
        var ports = set.Optional("--include-outbound-ports", "PORT,...", "Ports that are captured whatever their destination.", Ports);
        var excludedPorts = set.Optional("--exclude-outbound-ports", "PORT,...", "Ports that are never captured on their way out.", Ports);
        var inboundPorts = set.Optional(
            "--include-inbound-ports",
            "PORT,...",
            "Own ports that are captured, single or as 8000-8100; * for all, nothing for none.",
            All,
            AllOrPorts
        );
        var excludedInbound = set.Optional("--exclude-inbound-ports", "PORT,...", "Own ports that are never captured.", Ports);
        var interfaces = set.Optional("--exclude-interfaces", "NAME,...", "Network interfaces that are left alone.", Names);
        if (set.Read(arguments, environment, output, error) is { } code)
        {
            exitCode = code;
            return null;
        }

        exitCode = 0;
        return new RedirectOptions
        {
            Transparent = mode.Value,
            OutboundPort = outbound.Value,
            InboundPort = inbound.Value,
            ExemptUsers = users.Value,
            ExemptGroups = groups.Value,
            OutboundRanges = ranges.Value,
            ExcludedOutboundRanges = Given(excludedRanges.Value),
            OutboundPorts = Given(ports.Value),
            ExcludedOutboundPorts = Given(excludedPorts.Value),
            InboundPorts = inboundPorts.Value,
            ExcludedInboundPorts = Given(excludedInbound.Value),
            ExcludedInterfaces = Given(interfaces.Value),
        };
    }

    private static ImmutableArray<T> Given<T>(ImmutableArray<T> values) => values.IsDefault ? [] : values;

    private static bool Mode(string text, out string? error)
    {
        error = text is "redirect" or "tproxy" ? null : $"'{text}' is neither redirect nor tproxy";
        return text == "tproxy";
    }

    private static int Port(string text, out string? error)
    {
        var port = PortRange.Parse(text);
        error = port is { } one && one.First == one.Last ? null : $"'{text}' is not a port; write a number from 1 to 65535";
        return port?.First ?? 0;
    }

    private static ImmutableArray<int> Numbers(string text, out string? error) =>
        List<int>(
            text,
            out error,
            "is not a number of a user or group",
            item => int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null
        );

    private static ImmutableArray<PortRange> Ports(string text, out string? error) =>
        List(text, out error, "is no port from 1 to 65535 and no range such as 8000-8100", PortRange.Parse);

    private static ImmutableArray<PortRange>? AllOrPorts(string text, out string? error)
    {
        error = null;
        return text == All ? null : Ports(text, out error);
    }

    private static ImmutableArray<IPNetwork> Ranges(string text, out string? error) =>
        List(text, out error, "is no range of addresses such as 10.0.0.0/8 or fd00::/8", Range);

    private static ImmutableArray<IPNetwork>? AllOrRanges(string text, out string? error)
    {
        error = null;
        return text == All ? null : Ranges(text, out error);
    }

    private static IPNetwork? Range(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0)
        {
            return IPAddress.TryParse(text, out var one) ? new IPNetwork(one, one.GetAddressBytes().Length * 8) : null;
        }

        // Bits behind the prefix are cut off, as iptables does; IPNetwork would refuse them.
        if (
            !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        )
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        if (length > bytes.Length * 8)
        {
            return null;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    private static ImmutableArray<string> Names(string text, out string? error)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Names go into the kernel's rules as they are.
        var bad = Array.Find(
            names,
            name => name.Length > 15 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+' or '@')
        );
        error = bad is null ? null : $"'{bad}' is not the name of a network interface, such as eth0";
        return [.. names];
    }

    private static ImmutableArray<T> List<T>(string text, out string? error, string problem, Func<string, T?> parse)
        where T : struct
    {
        var values = ImmutableArray.CreateBuilder<T>();
        error = null;
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (parse(item) is { } value)
            {
                values.Add(value);
            }
            else
            {
                error = (error is null ? "" : error + "; ") + $"'{item}' {problem}";
            }
        }

        return values.ToImmutable();
    }
}
