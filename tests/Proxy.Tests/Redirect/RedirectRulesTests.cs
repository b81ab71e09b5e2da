using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Redirect;

namespace Mesh.Proxy.Tests.Redirect;

public sealed class RedirectRulesTests
{
    [Fact]
    public void All_TCP_traffic_but_the_proxys_own_is_captured_by_default()
    {
        Assert.Equal(
            """
            *nat
            :MESH_INBOUND - [0:0]
            :MESH_IN_REDIRECT - [0:0]
            :MESH_OUTPUT - [0:0]
            :MESH_REDIRECT - [0:0]
            -A MESH_REDIRECT -p tcp -j REDIRECT --to-ports 15001
            -A MESH_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
            -A MESH_INBOUND -p tcp -j MESH_IN_REDIRECT
            -A PREROUTING -p tcp -j MESH_INBOUND
            -A MESH_OUTPUT -p tcp -m tcp --dport 53 -j RETURN
            -A MESH_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
            -A MESH_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 1337 -j MESH_IN_REDIRECT
            -A MESH_OUTPUT -m owner --uid-owner 1337 -j RETURN
            -A MESH_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m owner --gid-owner 1337 -j MESH_IN_REDIRECT
            -A MESH_OUTPUT -m owner --gid-owner 1337 -j RETURN
            -A MESH_OUTPUT -o lo -j RETURN
            -A MESH_OUTPUT -d 127.0.0.1/32 -j RETURN
            -A MESH_OUTPUT -p tcp -j MESH_REDIRECT
            -A OUTPUT -p tcp -j MESH_OUTPUT
            COMMIT

            """,
            RedirectRules.Apply(new RedirectOptions(), AddressFamily.InterNetwork, "")
        );
    }

    [Fact]
    public void Every_list_has_its_rules_before_the_capture()
    {
        var rules = RedirectRules.Apply(
            new RedirectOptions
            {
                OutboundRanges = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")],
                ExcludedOutboundRanges = [IPNetwork.Parse("10.1.0.0/16")],
                OutboundPorts = [new(9000, 9000)],
                ExcludedOutboundPorts = [new(25, 25)],
                InboundPorts = [new(80, 80), new(8000, 8100)],
                ExcludedInboundPorts = [new(15020, 15021)],
                ExcludedInterfaces = ["net1"],
                ExemptUsers = [7],
                ExemptGroups = [],
            },
            AddressFamily.InterNetwork,
            ""
        );

        InOrder(
            rules,
            "-A MESH_INBOUND -i net1 -j RETURN",
            "-A MESH_INBOUND -p tcp -m tcp --dport 15020:15021 -j RETURN",
            "-A MESH_INBOUND -p tcp -m tcp --dport 80 -j MESH_IN_REDIRECT",
            "-A MESH_INBOUND -p tcp -m tcp --dport 8000:8100 -j MESH_IN_REDIRECT",
            "-A MESH_OUTPUT -o net1 -j RETURN",
            "-A MESH_OUTPUT -p tcp -m tcp --dport 25 -j RETURN",
            "-A MESH_OUTPUT -m owner --uid-owner 7 -j RETURN",
            "-A MESH_OUTPUT -d 10.1.0.0/16 -j RETURN",
            "-A MESH_OUTPUT -p tcp -m tcp --dport 9000 -j MESH_REDIRECT",
            "-A MESH_OUTPUT -p tcp -d 10.0.0.0/8 -j MESH_REDIRECT"
        );
        Assert.DoesNotContain("fd00", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("gid-owner", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void IPv6_has_its_own_addresses()
    {
        var rules = RedirectRules.Apply(
            new RedirectOptions { OutboundRanges = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")] },
            AddressFamily.InterNetworkV6,
            ""
        );

        InOrder(
            rules,
            "-A MESH_OUTPUT -s ::6/128 -o lo -j RETURN",
            "-A MESH_OUTPUT -d ::1/128 -j RETURN",
            "-A MESH_OUTPUT -p tcp -d fd00::/8 -j MESH_REDIRECT"
        );
        Assert.DoesNotContain("10.0.0.0", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void Jumps_of_an_earlier_run_go_and_rules_of_others_stay()
    {
        const string Present = """
            *nat
            :PREROUTING ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            :KUBE-SERVICES - [0:0]
            :MESH_INBOUND - [0:0]
            :MESH_OUTPUT - [0:0]
            -A PREROUTING -j KUBE-SERVICES
            -A PREROUTING -p tcp -j MESH_INBOUND
            -A OUTPUT -p tcp -j MESH_OUTPUT
            -A MESH_OUTPUT -j RETURN
            COMMIT

            """;

        InOrder(
            RedirectRules.Apply(new RedirectOptions(), AddressFamily.InterNetwork, Present),
            "-D PREROUTING -p tcp -j MESH_INBOUND",
            "-D OUTPUT -p tcp -j MESH_OUTPUT",
            "-A PREROUTING -p tcp -j MESH_INBOUND"
        );
        Assert.Equal(
            """
            *nat
            -D PREROUTING -p tcp -j MESH_INBOUND
            -D OUTPUT -p tcp -j MESH_OUTPUT
            -F MESH_INBOUND
            -F MESH_OUTPUT
            -X MESH_INBOUND
            -X MESH_OUTPUT
            COMMIT

            """,
            RedirectRules.Remove(Present)
        );
        Assert.Empty(RedirectRules.Remove(""));
    }

    [Theory]
    [InlineData("--exclude-inbound-ports", "80,0,x,9-5", "'0' is no port", "'x' is no port", "'9-5' is no port")]
    [InlineData("--include-outbound-ranges", "10.0.0.0/33,host", "'10.0.0.0/33' is no range", "'host' is no range")]
    [InlineData("--exempt-uid", "-1", "'-1' is not a number")]
    [InlineData("--exclude-interfaces", "eth0; reboot", "'eth0; reboot' is not the name")]
    [InlineData("--mode", "snat", "'snat' is neither redirect nor tproxy")]
    public void Bad_values_are_named_all_of_them(string option, string value, params string[] problems)
    {
        using var error = new StringWriter();
        var options = RedirectOptionSet.Read(
            [$"{option}={value}"],
            new Dictionary<string, string>(),
            TextWriter.Null,
            error,
            out var exitCode
        );

        Assert.Null(options);
        Assert.Equal(2, exitCode);
        Assert.All(problems, problem => Assert.Contains(problem, error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Ranges_lose_the_bits_behind_their_prefix()
    {
        var options = RedirectOptionSet.Read(
            ["--include-outbound-ranges", "10.1.2.3/8, 192.168.7.9", "--include-inbound-ports", ""],
            new Dictionary<string, string>(),
            TextWriter.Null,
            TextWriter.Null,
            out _
        )!;

        Assert.Equal(["10.0.0.0/8", "192.168.7.9/32"], options.OutboundRanges!.Value.Select(range => range.ToString()));
        Assert.Empty(options.InboundPorts!.Value);
    }

    private static void InOrder(string rules, params string[] expected)
    {
        var lines = rules.Split('\n');
        var last = -1;
        foreach (var line in expected)
        {
            var at = Array.IndexOf(lines, line);
            Assert.True(at > last, at < 0 ? $"'{line}' is missing in\n{rules}" : $"'{line}' comes too early in\n{rules}");
            last = at;
        }
    }
}
