using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Mesh.Proxy.Redirect;

/// <summary>What the kernel has for one family of addresses, read and changed by the programs that everybody uses for it.</summary>
internal sealed class RedirectKernel
{
    private const string Addresses = "/proc/net/if_inet6";

    // Those of loopback and links, which every interface has by itself, lead nowhere.
    private const string GlobalScope = "00";
    private const string Loopback = "lo";
    private const string Status = "/proc/self/status";
    private const int NetAdmin = 12;

    private const string Remedy =
        "Capturing needs CAP_NET_ADMIN and CAP_NET_RAW in this network namespace, which the injected init container asks for; "
        + "where they are forbidden, annotate the pod with sidecar.istio.io/interceptionMode: NONE.";

    private static readonly string Table = $"{RedirectRules.TransparentTable}";

    // As the distribution chose, then by name where it chose none or its choice does not work with this kernel.
    private static readonly string[] Variants = ["", "-nft", "-legacy"];

    private readonly string _program;
    private readonly bool _wasRouted;
    private readonly bool _hadAddress;

    private RedirectKernel(AddressFamily family, string program, string rules)
    {
        (Family, _program, Rules) = (family, program, rules);
        (_wasRouted, _hadAddress) = (IsRouted, HasAddress);
    }

    public AddressFamily Family { get; }

    /// <summary>What <c>iptables-save</c> printed at the beginning.</summary>
    public string Rules { get; }

    /// <summary>Every family that this network namespace has.</summary>
    /// <param name="notes">Is told what is left out.</param>
    /// <exception cref="IOException">Something needed is missing or forbidden; the message says what to do.</exception>
    public static IReadOnlyList<RedirectKernel> Open(TextWriter notes)
    {
        if (!MayRedirect())
        {
            throw new IOException($"This process may not change the kernel's rules. {Remedy}");
        }

        var kernels = new List<RedirectKernel> { Open(AddressFamily.InterNetwork) };
        var addresses = Ipv6Addresses();
        if (addresses.Length == 0)
        {
            return kernels;
        }

        var reachable = addresses.Where(address => address.Scope == GlobalScope).Select(address => address.Interface).Distinct().ToArray();

        try
        {
            kernels.Add(Open(AddressFamily.InterNetworkV6));
        }
        catch (IOException problem) when (reachable.Length == 0)
        {
            notes.WriteLine(
                $"IPv6 is left alone, of which there are only addresses of the loopback interface and of links: {problem.Message}"
            );
        }
        catch (IOException problem)
        {
            throw new IOException(
                $"{problem.Message} Without it IPv6 traffic would pass by the proxy ({string.Join(", ", reachable)} has IPv6 addresses); "
                    + "where IPv6 is not used, switch it off for the pod (sysctl net.ipv6.conf.all.disable_ipv6=1).",
                problem
            );
        }

        return kernels;
    }

    public void Restore(string rules) =>
        // -w: others may be writing rules at this moment.
        Execute($"{_program}-restore", ["--noflush", "-w", "30"], rules);

    public void Ip(params string[] arguments) => Execute("ip", arguments, "");

    /// <summary>Marked packets go to the proxy.</summary>
    public bool IsRouted =>
        Execute("ip", [RedirectRouting.Option(Family), "rule", "show"], "").Contains($"lookup {Table}", StringComparison.Ordinal);

    /// <summary>Takes the routing of marked packets back, as far as it is there.</summary>
    public void Unroute()
    {
        var ip = RedirectRouting.Option(Family);
        while (IsRouted)
        {
            Ip(ip, "rule", "del", "lookup", Table);
        }

        if (Execute("ip", [ip, "route", "show", "table", "all"], "").Contains($" table {Table} ", StringComparison.Ordinal))
        {
            Ip(ip, "route", "flush", "table", Table);
        }
    }

    /// <summary>Takes the address back that the proxy dials from.</summary>
    public void Unaddress()
    {
        if (HasAddress)
        {
            Ip("-6", "addr", "del", RedirectRouting.PassthroughIpv6, "dev", Loopback);
        }
    }

    /// <summary>Brings everything to what it was at the beginning; gives the reason where that fails.</summary>
    public string? TakeBack()
    {
        try
        {
            if (RedirectRules.Back(Rules, Execute($"{_program}-save", [], "")) is { Length: > 0 } rules)
            {
                Restore(rules);
            }

            if (!_wasRouted)
            {
                Unroute();
            }
            else if (!IsRouted)
            {
                foreach (var command in RedirectRouting.Transparent(Family))
                {
                    Ip(command);
                }
            }

            if (!_hadAddress)
            {
                Unaddress();
            }

            return null;
        }
        catch (IOException problem)
        {
            return problem.Message;
        }
    }

    private bool HasAddress =>
        Family == AddressFamily.InterNetworkV6
        && Execute("ip", ["-6", "addr", "show", "dev", Loopback], "")
            .Contains($"inet6 {RedirectRouting.PassthroughIpv6} ", StringComparison.Ordinal);

    private static RedirectKernel Open(AddressFamily family)
    {
        IOException? first = null;
        var name = family == AddressFamily.InterNetwork ? "iptables" : "ip6tables";
        foreach (var variant in Variants)
        {
            try
            {
                return new RedirectKernel(family, name + variant, Execute($"{name}{variant}-save", [], ""));
            }
            catch (IOException problem)
            {
                first ??= problem;
            }
        }

        throw first!;
    }

    // linux/capability.h; the programs' own words about it differ from version to version.
    private static bool MayRedirect()
    {
        const string Name = "CapEff:";
        var line = File.Exists(Status)
            ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))
            : null;
        return line is null
            || (ulong.Parse(line.AsSpan(Name.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> NetAdmin & 1) != 0;
    }

    // Address, number of the interface, length, scope, flags, name.
    private static (string Scope, string Interface)[] Ipv6Addresses() =>
        File.Exists(Addresses)
            ?
            [
                .. File.ReadLines(Addresses)
                    .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(columns => (columns[3], columns[^1])),
            ]
            : [];

    /// <exception cref="IOException">It is not there or has failed; the message has what it said.</exception>
    private static string Execute(string program, string[] arguments, string input)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var errors = process.StandardError.ReadToEndAsync();
            var answer = process.StandardOutput.ReadToEndAsync();
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its code and its words say why.
            }

            process.WaitForExit();
            return process.ExitCode == 0
                ? answer.GetAwaiter().GetResult()
                : throw new IOException(
                    $"{program} {string.Join(' ', arguments)} failed with code {process.ExitCode}: {errors.GetAwaiter().GetResult().Trim()}. "
                        + Remedy
                );
        }
        catch (Win32Exception missing)
        {
            throw new IOException($"{program} cannot be run: {missing.Message}. Install iptables and iproute2.", missing);
        }
    }
}
