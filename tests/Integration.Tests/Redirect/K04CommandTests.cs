using System.Diagnostics;
using System.Text.RegularExpressions;
using Mesh.Cli.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>K04: <c>proxy redirect</c> as the init container runs it: what it leaves in the kernel, and what it says where it cannot.</summary>
public sealed partial class K04CommandTests : IDisposable
{
    private const string NatOf = "iptables-save -t nat";

    private static int s_count;

    private readonly NetworkNamespace? _pod = RedirectFactAttribute.WhyImpossible is null
        ? NetworkNamespace.Create($"mesh{Environment.ProcessId}r{Interlocked.Increment(ref s_count)}")
        : null;
    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("mesh-test-");

    private NetworkNamespace Pod => _pod!;

    public void Dispose()
    {
        _pod?.Dispose();
        _programs.Delete(recursive: true);
    }

    [RedirectFact]
    public void K04_print_is_what_apply_does()
    {
        foreach (var mode in new[] { "redirect", "tproxy" })
        {
            string[] options = ["--mode", mode, "--exclude-outbound-ports", "5432,7000-7005", "--include-inbound-ports", "80"];
            var printed = Redirect("print", options).Output;
            Assert.Contains("# ip6tables-restore", printed, StringComparison.Ordinal);
            Assert.Equal(printed, Redirect("apply", options).Output);
            Redirect("remove");
        }
    }

    [RedirectFact]
    public void K04_applying_twice_changes_nothing_and_the_last_options_count()
    {
        Redirect("apply", "--mode", "tproxy");
        var once = State();
        Assert.Contains("TPROXY", once, StringComparison.Ordinal);
        Redirect("apply", "--mode", "tproxy");
        Assert.Equal(once, State());

        Redirect("apply");
        var redirected = State();
        Assert.DoesNotContain("TPROXY", redirected, StringComparison.Ordinal);
        Assert.DoesNotContain("lookup 133", redirected, StringComparison.Ordinal);
        Redirect("apply", "--mode", "tproxy");
        Redirect("apply");
        Assert.Equal(redirected, State());
    }

    [RedirectFact]
    public void K04_remove_leaves_everything_as_it_was()
    {
        // Somebody else's, in every place where ours go.
        foreach (var program in new[] { "iptables", "ip6tables" })
        {
            Pod.Run(program, "-t", "nat", "-N", "OTHERS");
            Pod.Run(program, "-t", "nat", "-A", "OTHERS", "-p", "tcp", "--dport", "9", "-j", "RETURN");
            Pod.Run(program, "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "-j", "OTHERS");
            Pod.Run(program, "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "OTHERS");
            Pod.Run(program, "-t", "mangle", "-A", "PREROUTING", "-p", "tcp", "-m", "mark", "--mark", "7", "-j", "CONNMARK", "--save-mark");
            Pod.Run(program, "-t", "mangle", "-A", "OUTPUT", "-p", "udp", "-j", "MARK", "--set-mark", "8");
            Pod.Run(program, "-A", "INPUT", "-p", "tcp", "--dport", "9", "-j", "DROP");
        }

        var before = State();
        foreach (var mode in new[] { "redirect", "tproxy" })
        {
            Redirect("apply", "--mode", mode);
            Assert.NotEqual(before, State());
            Redirect("remove");
            Assert.Equal(before, State());
        }

        Redirect("remove");
        Assert.Equal(before, State());
    }

    [RedirectFact("program:iptables-legacy")]
    public void K04_either_kind_of_iptables_will_do()
    {
        foreach (var kind in new[] { "legacy", "nft" })
        {
            Only("ip");
            foreach (var program in new[] { "iptables", "ip6tables" })
            {
                Link($"{program}-{kind}-save");
                Link($"{program}-{kind}-restore");
            }

            // Neither is the distribution's choice here.
            RedirectIn(_programs.FullName, "apply");
            Assert.Contains("-j MESH_OUTPUT", Pod.Run($"iptables-{kind}-save", "-t", "nat"), StringComparison.Ordinal);
            Assert.Contains("-j MESH_OUTPUT", Pod.Run($"ip6tables-{kind}-save", "-t", "nat"), StringComparison.Ordinal);
            RedirectIn(_programs.FullName, "remove");
            Assert.DoesNotContain("MESH_", Pod.Run($"iptables-{kind}-save"), StringComparison.Ordinal);
        }
    }

    [RedirectFact]
    public void K04_without_ip6tables_a_pod_with_IPv6_is_not_captured_by_halves()
    {
        Only("ip");
        Link("iptables-save");
        Link("iptables-restore");
        // Addresses of the loopback interface and of links alone are nobody's way out or in.
        Pod.Run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "cable");
        Pod.Run("ip", "link", "set", "cable", "up");
        Pod.Run("ip", "link", "set", "eth0", "up");
        Assert.Contains("fe80", Pod.Run("ip", "-6", "addr", "show", "dev", "eth0"), StringComparison.Ordinal);
        var (code, _, noted) = RedirectIn(_programs.FullName, "apply");
        Assert.True(code == 0, noted);
        Assert.Contains("IPv6 is left alone", noted, StringComparison.Ordinal);
        Assert.Contains("MESH_OUTPUT", Pod.Run(NatOf.Split(' ')), StringComparison.Ordinal);
        RedirectIn(_programs.FullName, "remove");

        Pod.Run("ip", "addr", "add", "fd78:55::1/64", "dev", "eth0", "nodad");
        (code, _, noted) = RedirectIn(_programs.FullName, "apply");
        Assert.Equal(1, code);
        Assert.Contains("ip6tables-save cannot be run", noted, StringComparison.Ordinal);
        Assert.Contains("eth0", noted, StringComparison.Ordinal);
        Assert.Contains("disable_ipv6=1", noted, StringComparison.Ordinal);
        Assert.DoesNotContain("MESH_", Pod.Run(NatOf.Split(' ')), StringComparison.Ordinal);
    }

    [RedirectFact]
    public void K04_what_cannot_be_applied_whole_is_not_applied_at_all()
    {
        // Of whoever comes first, the kernel keeps its empty tables.
        Redirect("apply", "--mode", "tproxy");
        Redirect("remove");
        foreach (var before in new string[][] { [], ["--mode", "redirect", "--exclude-outbound-ports", "25"], ["--mode", "tproxy"] })
        {
            if (before.Length > 0)
            {
                Redirect("apply", before);
            }

            var state = State();
            // After the rules of IPv4, those of IPv6 and its routing in turn.
            foreach (var broken in new[] { "ip6tables-restore", "ip" })
            {
                Only("ip");
                foreach (var program in new[] { "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore" })
                {
                    Link(program);
                }

                foreach (var mode in new[] { "redirect", "tproxy" })
                {
                    Break(broken, broken == "ip" ? "-6 addr replace" : "");
                    var (code, _, error) = RedirectIn(_programs.FullName, "apply", "--mode", mode);
                    Assert.Equal(1, code);
                    Assert.Contains($"{broken} ", error, StringComparison.Ordinal);
                    Assert.Contains("as it was before", error, StringComparison.Ordinal);
                    Assert.Equal(state, State());
                }
            }
        }
    }

    [RedirectFact]
    public void K04_without_ip_nothing_is_changed()
    {
        Only("iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore");
        var before = State();
        var (code, _, error) = RedirectIn(_programs.FullName, "apply");
        Assert.Equal(1, code);
        Assert.Contains("ip cannot be run", error, StringComparison.Ordinal);
        Assert.Equal(before, State());
    }

    [RedirectFact]
    public void K04_who_may_not_is_told_what_to_do()
    {
        var (code, _, error) = Execute(
            ["ip", .. Pod.CommandAs(RedirectMesh.OrdinaryUser, "dotnet", MeshBinaries.BesideThis.Proxy, "redirect", "apply")],
            null
        );
        Assert.Equal(1, code);
        Assert.Contains("CAP_NET_ADMIN", error, StringComparison.Ordinal);
        Assert.Contains("sidecar.istio.io/interceptionMode: NONE", error, StringComparison.Ordinal);
    }

    /// <summary>Everything that the command could touch, without counters and dates.</summary>
    private string State() =>
        Counters()
            .Replace(
                string.Join(
                    '\n',
                    Pod.Run("iptables-save"),
                    Pod.Run("ip6tables-save"),
                    Pod.Run("ip", "-4", "rule", "show"),
                    Pod.Run("ip", "-6", "rule", "show"),
                    Pod.Run("ip", "-4", "route", "show", "table", "all"),
                    Pod.Run("ip", "-6", "route", "show", "table", "all"),
                    Pod.Run("ip", "addr", "show")
                ),
                ""
            );

    private (string Output, string Error) Redirect(string verb, params string[] options)
    {
        var (code, output, error) = Execute(
            ["ip", "netns", "exec", Pod.Name, "dotnet", MeshBinaries.BesideThis.Proxy, "redirect", verb, .. options],
            null
        );
        Assert.True(code == 0, error);
        return (output, error);
    }

    private (int Code, string Output, string Error) RedirectIn(string path, string verb, params string[] options) =>
        Execute(
            ["ip", "netns", "exec", Pod.Name, Peers.FindProgram("dotnet")!, MeshBinaries.BesideThis.Proxy, "redirect", verb, .. options],
            path
        );

    /// <summary>Makes a program fail once, where its arguments begin so: what is put back is put back by the same program.</summary>
    private void Break(string program, string arguments)
    {
        var path = Path.Combine(_programs.FullName, program);
        File.Delete(path);
        File.Delete($"{path}.failed");
        File.WriteAllText(
            path,
            $$"""
            #!/bin/sh
            case "$*" in
                "{{arguments}}"*) [ -e "$0.failed" ] || { : >"$0.failed"; exit 3; };;
            esac
            exec {{Peers.FindProgram(program)}} "$@"

            """
        );
        Pod.Run("chmod", "755", path);
    }

    /// <summary>Only these programs are to be found.</summary>
    private void Only(params string[] programs)
    {
        Array.ForEach(_programs.GetFiles(), file => file.Delete());
        Array.ForEach(programs, Link);
    }

    private void Link(string program) => File.CreateSymbolicLink(Path.Combine(_programs.FullName, program), Peers.FindProgram(program)!);

    private static (int Code, string Output, string Error) Execute(string[] command, string? path)
    {
        var start = new ProcessStartInfo(Peers.FindProgram(command[0])!, command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (path is not null)
        {
            start.Environment["PATH"] = path;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    [GeneratedRegex(@"^#.*$| ?\[\d+:\d+\]", RegexOptions.Multiline)]
    private static partial Regex Counters();
}
