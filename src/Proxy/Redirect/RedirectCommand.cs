using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace Mesh.Proxy.Redirect;

/// <summary><c>proxy redirect apply|remove|print</c>: brings the rules of the kernel to what <see cref="RedirectRules"/> says. Applying twice changes nothing.</summary>
internal static class RedirectCommand
{
    private const int Failed = 1;
    private const int UsageError = 2;
    private const string IpV6Interfaces = "/proc/net/if_inet6";

    /// <param name="arguments">Behind <c>proxy redirect</c>.</param>
    /// <returns>0, 1 where the kernel refused, 2 for bad usage.</returns>
    public static int Run(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error
    )
    {
        var verb = arguments.Count > 0 ? arguments[0] : "";
        if (verb is not ("apply" or "remove" or "print" or "--help" or "-h"))
        {
            error.WriteLine($"'{verb}' is none of apply, remove, print; see proxy redirect --help.");
            return UsageError;
        }

        var rest = arguments.Skip(verb is "--help" or "-h" ? 0 : 1).ToList();
        if (RedirectOptionSet.Read(rest, environment, output, error, out var exitCode) is not { } options)
        {
            return exitCode;
        }

        try
        {
            switch (verb)
            {
                case "print":
                    output.Write("# iptables-restore --noflush\n" + RedirectRules.Apply(options, AddressFamily.InterNetwork, ""));
                    output.Write("# ip6tables-restore --noflush\n" + RedirectRules.Apply(options, AddressFamily.InterNetworkV6, ""));
                    break;
                case "apply":
                    foreach (var family in Families())
                    {
                        Restore(family, RedirectRules.Apply(options, family, Saved(family)), output);
                        Route(family, options.Transparent);
                        Passthrough(family, wanted: true);
                    }

                    break;
                case "remove":
                    foreach (var family in Families())
                    {
                        Restore(family, RedirectRules.Remove(Saved(family)), output);
                        Route(family, wanted: false);
                        Passthrough(family, wanted: false);
                    }

                    break;
            }

            return 0;
        }
        catch (IOException problem)
        {
            error.WriteLine(problem.Message);
            return Failed;
        }
    }

    // Where the kernel has no IPv6 there is nothing to capture.
    private static IEnumerable<AddressFamily> Families() =>
        File.Exists(IpV6Interfaces) && new FileInfo(IpV6Interfaces) is { Exists: true } && File.ReadAllText(IpV6Interfaces).Length > 0
            ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]
            : [AddressFamily.InterNetwork];

    private static string Program(AddressFamily family, string suffix) =>
        (family == AddressFamily.InterNetwork ? "iptables" : "ip6tables") + suffix;

    private static string Saved(AddressFamily family) => Execute(Program(family, "-save"), [], "");

    private static void Restore(AddressFamily family, string rules, TextWriter output)
    {
        if (rules.Length > 0)
        {
            // -w: others may be writing rules at this moment.
            Execute(Program(family, "-restore"), ["--noflush", "-w", "30"], rules);
            output.Write(rules);
        }
    }

    // Marked packets are delivered here although they are addressed to others.
    private static void Route(AddressFamily family, bool wanted)
    {
        var ip = family == AddressFamily.InterNetwork ? "-4" : "-6";
        var (mark, table) = ($"{RedirectRules.TransparentMark}", $"{RedirectRules.TransparentTable}");
        while (Execute("ip", [ip, "rule", "show"], "").Contains($"lookup {table}", StringComparison.Ordinal))
        {
            Execute("ip", [ip, "rule", "del", "lookup", table], "");
        }

        if (wanted)
        {
            Execute("ip", [ip, "rule", "add", "fwmark", mark, "lookup", table], "");
            Execute("ip", [ip, "route", "replace", "local", "default", "dev", "lo", "table", table], "");
        }
    }

    // All of 127.0.0.0/8 is this host's; of IPv6 it is one address.
    private static void Passthrough(AddressFamily family, bool wanted)
    {
        const string Address = RedirectRules.PassthroughIpv6 + "/128";
        if (family == AddressFamily.InterNetwork)
        {
            return;
        }

        var there = Execute("ip", ["-6", "addr", "show", "dev", "lo"], "").Contains($"inet6 {Address} ", StringComparison.Ordinal);
        if (there != wanted)
        {
            Execute("ip", ["-6", "addr", wanted ? "add" : "del", Address, "dev", "lo"], "");
        }
    }

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
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return process.ExitCode == 0
                ? answer.GetAwaiter().GetResult()
                : throw new IOException(
                    $"{program} {string.Join(' ', arguments)} failed with code {process.ExitCode}: {errors.GetAwaiter().GetResult().Trim()}. "
                        + "Capturing needs CAP_NET_ADMIN and CAP_NET_RAW in this network namespace."
                );
        }
        catch (Win32Exception missing)
        {
            throw new IOException($"{program} cannot be run: {missing.Message}. Install iptables and iproute2.", missing);
        }
    }
}
