using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Redirect;

/// <summary>
/// Pure: the input of <c>iptables-restore --noflush</c> or <c>ip6tables-restore --noflush</c> that brings the kernel from the rules it has to those
/// wanted. Rules of others stay. The order of the rules is that of Istio's init container.
/// </summary>
internal static class RedirectRules
{
    /// <summary>
    /// The address that the proxy dials the application from, so that its connections to the pod's own address are told from the application's,
    /// as in Istio.
    /// </summary>
    public const string PassthroughIpv4 = "127.0.0.6";

    /// <inheritdoc cref="PassthroughIpv4"/>
    public const string PassthroughIpv6 = "::6";

    /// <summary>Marks packets of connections that are given to the proxy with their addresses, and those that it opens in a client's name.</summary>
    public const int TransparentMark = 1337;

    /// <summary>The routing table that delivers marked packets to this host whatever their destination.</summary>
    public const int TransparentTable = 133;

    // The proxy's own packets to this pod, such as a call of the application to its own service.
    private const int LoopbackMark = 1338;

    private const string Inbound = "MESH_INBOUND";
    private const string ToInbound = "MESH_IN_REDIRECT";
    private const string Outbound = "MESH_OUTPUT";
    private const string ToOutbound = "MESH_REDIRECT";
    private const string Keep = "MESH_KEEP";
    private const string ToTransparent = "MESH_TPROXY";
    private const string Mark = "MESH_MARK";

    private static readonly string[] NatChains = [Inbound, ToInbound, Outbound, ToOutbound];
    private static readonly string[] MangleChains = [Inbound, Keep, ToTransparent, Mark];

    /// <summary>To the rules that the options ask for, whether or not there are some already.</summary>
    /// <param name="present">What <c>iptables-save</c> prints; empty where nothing is known.</param>
    public static string Apply(RedirectOptions options, AddressFamily family, string present)
    {
        var text = new StringBuilder();
        var network = new Family(family);
        Table(text, "nat", NatChains, present, () => Nat(text, options, network));
        if (options.Transparent)
        {
            Table(text, "mangle", MangleChains, present, () => Mangle(text, options, network));
        }
        else
        {
            Gone(text, "mangle", MangleChains, present);
        }

        return text.ToString();
    }

    /// <summary>To none of ours; empty where there are none.</summary>
    public static string Remove(string present)
    {
        var text = new StringBuilder();
        Gone(text, "nat", NatChains, present);
        Gone(text, "mangle", MangleChains, present);
        return text.ToString();
    }

    /// <summary>To those of ours that there were; empty where there neither were nor are any.</summary>
    /// <param name="before">What <c>iptables-save</c> printed then.</param>
    /// <param name="present">What it prints now.</param>
    public static string Back(string before, string present)
    {
        var text = new StringBuilder();
        foreach (var (table, all) in new[] { ("nat", NatChains), ("mangle", MangleChains) })
        {
            var chains = Array.FindAll(all, chain => Has(before, table, chain));
            if (chains.Length == 0)
            {
                Gone(text, table, all, present);
                continue;
            }

            var ours = chains.Select(chain => $"-A {chain} ").ToList();
            Table(
                text,
                table,
                chains,
                present,
                () =>
                {
                    foreach (var line in Lines(before, table))
                    {
                        if (IsHook(line) || ours.Exists(start => line.StartsWith(start, StringComparison.Ordinal)))
                        {
                            text.Append(line).Append('\n');
                        }
                    }
                }
            );
        }

        return text.ToString();
    }

    private static void Nat(StringBuilder text, RedirectOptions options, Family network)
    {
        Rule(text, ToOutbound, $"-p tcp -j REDIRECT --to-ports {options.OutboundPort}");
        Rule(text, ToInbound, $"-p tcp -j REDIRECT --to-ports {options.InboundPort}");

        if (!options.Transparent)
        {
            foreach (var name in options.ExcludedInterfaces)
            {
                Rule(text, Inbound, $"-i {name} -j RETURN");
            }

            Ports(text, Inbound, options.ExcludedInboundPorts, "RETURN");
            if (options.InboundPorts is { } captured)
            {
                Ports(text, Inbound, captured, ToInbound);
            }
            else
            {
                Rule(text, Inbound, $"-p tcp -j {ToInbound}");
            }

            Rule(text, "PREROUTING", $"-p tcp -j {Inbound}");
        }

        foreach (var name in options.ExcludedInterfaces)
        {
            Rule(text, Outbound, $"-o {name} -j RETURN");
        }

        // Names are looked up as without a mesh.
        Rule(text, Outbound, "-p tcp -m tcp --dport 53 -j RETURN");
        Ports(text, Outbound, options.ExcludedOutboundPorts, "RETURN");
        Rule(text, Outbound, $"-s {network.Passthrough} -o lo -j RETURN");
        foreach (var owner in Owners(options))
        {
            // The proxy calls its own pod by another address than loopback: as others would, through the inbound side.
            Rule(
                text,
                Outbound,
                $"! -d {network.Loopback} -o lo -p tcp -m owner --{owner} -j {(options.Transparent ? "RETURN" : ToInbound)}"
            );
            Rule(text, Outbound, $"-m owner --{owner} -j RETURN");
        }

        // The application calls itself.
        Rule(text, Outbound, "-o lo -j RETURN");
        Rule(text, Outbound, $"-d {network.Loopback} -j RETURN");
        foreach (var range in options.ExcludedOutboundRanges.Where(network.Has))
        {
            Rule(text, Outbound, $"-d {range} -j RETURN");
        }

        Ports(text, Outbound, options.OutboundPorts, ToOutbound);
        if (options.OutboundRanges is { } ranges)
        {
            foreach (var range in ranges.Where(network.Has))
            {
                Rule(text, Outbound, $"-p tcp -d {range} -j {ToOutbound}");
            }
        }
        else
        {
            Rule(text, Outbound, $"-p tcp -j {ToOutbound}");
        }

        Rule(text, "OUTPUT", $"-p tcp -j {Outbound}");
    }

    private static void Mangle(StringBuilder text, RedirectOptions options, Family network)
    {
        // Packets of connections that the proxy has already.
        Rule(text, Keep, $"-j MARK --set-mark {TransparentMark}");
        Rule(text, Keep, "-j ACCEPT");
        Rule(
            text,
            ToTransparent,
            $"! -d {network.Loopback} -p tcp -j TPROXY --tproxy-mark {TransparentMark} --on-port {options.InboundPort}"
        );

        Rule(text, Inbound, $"-p tcp -m mark --mark {TransparentMark} -j RETURN");
        Rule(text, Inbound, $"-p tcp -s {network.Passthrough} -i lo -j RETURN");
        Rule(text, Inbound, $"-p tcp -i lo -m mark ! --mark {LoopbackMark} -j RETURN");
        foreach (var name in options.ExcludedInterfaces)
        {
            Rule(text, Inbound, $"-i {name} -j RETURN");
        }

        Ports(text, Inbound, options.ExcludedInboundPorts, "RETURN");
        Rule(text, Inbound, $"-p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j {Keep}");
        if (options.InboundPorts is { } captured)
        {
            Ports(text, Inbound, captured, ToTransparent);
        }
        else
        {
            Rule(text, Inbound, $"-p tcp -j {ToTransparent}");
        }

        Rule(text, "PREROUTING", $"-p tcp -j {Inbound}");
        Rule(text, "PREROUTING", $"-p tcp -m mark --mark {TransparentMark} -j CONNMARK --save-mark");

        // What the application answers to a client's address goes back to the proxy, which has opened the connection in the client's name.
        Rule(text, Mark, $"-m connmark --mark {TransparentMark} -j CONNMARK --restore-mark");
        foreach (var owner in Owners(options))
        {
            Rule(
                text,
                Mark,
                $"! -d {network.Loopback} -o lo -m owner --{owner} -m mark ! --mark {TransparentMark} -j MARK --set-mark {LoopbackMark}"
            );
        }

        Rule(text, "OUTPUT", $"-p tcp -j {Mark}");
    }

    private static IEnumerable<string> Owners(RedirectOptions options) =>
        options.ExemptUsers.Select(user => $"uid-owner {user}").Concat(options.ExemptGroups.Select(group => $"gid-owner {group}"));

    // A declared chain is emptied; jumps from the kernel's own chains are ours to find.
    private static void Table(StringBuilder text, string table, string[] chains, string present, Action write)
    {
        text.Append('*').Append(table).Append('\n');
        foreach (var chain in chains)
        {
            text.Append(':').Append(chain).Append(" - [0:0]\n");
        }

        Unhook(text, table, present);
        write();
        text.Append("COMMIT\n");
    }

    private static void Gone(StringBuilder text, string table, string[] chains, string present)
    {
        var there = chains.Where(chain => Has(present, table, chain)).ToList();
        if (there.Count == 0)
        {
            return;
        }

        text.Append('*').Append(table).Append('\n');
        Unhook(text, table, present);
        there.ForEach(chain => text.Append("-F ").Append(chain).Append('\n'));
        there.ForEach(chain => text.Append("-X ").Append(chain).Append('\n'));
        text.Append("COMMIT\n");
    }

    private static void Unhook(StringBuilder text, string table, string present)
    {
        foreach (var line in Lines(present, table).Where(IsHook))
        {
            text.Append("-D ").Append(line.AsSpan("-A ".Length)).Append('\n');
        }
    }

    private static bool IsHook(string line) =>
        (line.StartsWith("-A PREROUTING ", StringComparison.Ordinal) || line.StartsWith("-A OUTPUT ", StringComparison.Ordinal))
        && (line.Contains("-j MESH_", StringComparison.Ordinal) || IsSaveMark(line));

    private static bool Has(string saved, string table, string chain) =>
        Lines(saved, table).Any(line => line.StartsWith($":{chain} ", StringComparison.Ordinal));

    private static bool IsSaveMark(string line) =>
        line.StartsWith("-A PREROUTING -p tcp -m mark --mark 0x539 -j CONNMARK --save-mark", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string saved, string table) =>
        saved.Split('\n').SkipWhile(line => line != $"*{table}").Skip(1).TakeWhile(line => !line.StartsWith('*'));

    private static void Ports(StringBuilder text, string chain, IEnumerable<PortRange> ports, string target)
    {
        foreach (var port in ports)
        {
            Rule(text, chain, $"-p tcp -m tcp --dport {port} -j {target}");
        }
    }

    private static void Rule(StringBuilder text, string chain, string rule) =>
        text.Append("-A ").Append(chain).Append(' ').Append(rule).Append('\n');

    private readonly record struct Family(AddressFamily Kind)
    {
        public string Loopback => Kind == AddressFamily.InterNetwork ? "127.0.0.1/32" : "::1/128";

        public string Passthrough => Kind == AddressFamily.InterNetwork ? $"{PassthroughIpv4}/32" : $"{PassthroughIpv6}/128";

        public bool Has(System.Net.IPNetwork range) => range.BaseAddress.AddressFamily == Kind;
    }
}
