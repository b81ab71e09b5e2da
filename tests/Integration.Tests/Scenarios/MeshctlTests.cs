using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary><c>meshctl</c> as scripts use it: exit codes, line formats, names.</summary>
[Collection(EchoCollection.Name)]
public sealed partial class MeshctlTests(EchoMesh mesh)
{
    private const string EchoHost = "echo.default.svc.cluster.local";

    private const string Warned = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: { name: echo, namespace: shop }
        spec:
          host: echo
          trafficPolicy:
            outlierDetection: { consecutiveErrors: 5 }
        """;

    private const string Wrong = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: { name: echo, namespace: shop }
        spec:
          hosts: [ echo ]
        http:
          - route: [ { destination: { host: echo } } ]
        """;

    [Fact]
    public async Task Analyze_exits_with_1_on_errors_0_on_warnings_and_2_on_bad_usage()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("echo.yaml", Objects.EchoService("echo", "shop"));
        var clean = await Meshctl.RunAsync("analyze", "-f", directory.Path);
        Assert.Equal((0, ""), (clean.ExitCode, clean.Output));

        directory.Write("warned.yaml", Warned);
        var warned = await Meshctl.RunAsync("analyze", "-f", directory.Path);
        Assert.Equal(0, warned.ExitCode);
        Assert.All(Lines(warned), line => Assert.Matches(Finding(), line));
        var warning = Finding().Match(Assert.Single(Lines(warned), line => line.Contains("warned.yaml:7: ", StringComparison.Ordinal)));
        Assert.EndsWith("warned.yaml", warning.Groups["file"].Value, StringComparison.Ordinal);
        Assert.Equal("DestinationRule shop/echo", warning.Groups["object"].Value);
        Assert.Equal("spec.trafficPolicy.outlierDetection.consecutiveErrors", warning.Groups["path"].Value);

        directory.Write("wrong.yaml", Wrong);
        var wrong = await Meshctl.RunAsync("analyze", "-f", directory.Path);
        Assert.Equal(1, wrong.ExitCode);
        var lines = Lines(wrong);
        Assert.All(lines, line => Assert.Matches(Finding(), line));
        var misplaced = Assert.Single(lines, line => line.Contains("wrong.yaml:6: ", StringComparison.Ordinal));
        Assert.Contains(": VirtualService shop/echo http: ", misplaced, StringComparison.Ordinal);
        Assert.Contains("did you mean spec.http?", misplaced, StringComparison.Ordinal);

        Assert.Equal(2, (await Meshctl.RunAsync("analyze")).ExitCode);
        var nowhere = await Meshctl.RunAsync("analyze", "-f", Path.Combine(directory.Path, "nowhere"));
        Assert.Equal(2, nowhere.ExitCode);
        Assert.Contains("nowhere", nowhere.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_status_shows_who_follows()
    {
        await mesh.ApplyAsync("");
        await ProxyStatus.SyncedAsync(mesh.Mesh, "client-7d9c5b8f6-q2x4z.default");
        var json = await Meshctl.RunAsync("proxy-status", "--control-plane", mesh.Mesh.Monitoring, "-o", "json");
        using var clients = JsonDocument.Parse(json.Output);
        Assert.Contains(clients.RootElement.EnumerateArray(), client => client.GetProperty("proxy").GetString() == mesh.Client.NodeId);

        var wrongPort = await Meshctl.RunAsync("proxy-status", "--control-plane", "127.0.0.1:1");
        Assert.Equal(1, wrongPort.ExitCode);
        Assert.Contains("127.0.0.1:1", wrongPort.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Meshctl.RunAsync("proxy-status", "--control-plane", "nowhere")).ExitCode);
    }

    [Theory]
    [InlineData("clusters", "SERVICE FQDN PORT SUBSET DIRECTION TYPE", $"{EchoHost} 80 v1 outbound EDS", $"outbound|80|v1|{EchoHost}")]
    [InlineData(
        "endpoints",
        "ENDPOINT STATUS WEIGHT CLUSTER",
        $"V1:8080 HEALTHY 1 outbound|80|v1|{EchoHost}",
        $"outbound|80|v1|{EchoHost}"
    )]
    [InlineData(
        "routes",
        "NAME VHOST NAME DOMAINS MATCH DESTINATION RULE",
        $"/known* outbound|80|v1|{EchoHost} default/echo/known",
        "default/echo/known"
    )]
    [InlineData("listeners", "NAME ADDRESS PORT DESTINATION", "virtualInbound 0.0.0.0 15006", "virtualInbound")]
    public async Task Proxy_config_shows_what_a_proxy_holds(string kind, string header, string row, string name)
    {
        await mesh.ApplyRulesAsync(
            """
                - name: known
                  match: [ { uri: { prefix: /known } } ]
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - name: rest
                  route: [ { destination: { host: echo } } ]
            """
        );
        var table = await Meshctl.RunAsync("proxy-config", kind, "--proxy", mesh.Client.Admin);
        Assert.Equal(0, table.ExitCode);
        var lines = Lines(table).Select(line => Gaps().Replace(line, " ")).ToList();
        Assert.Equal(header, lines[0]);
        var wanted = row.Replace("V1:", mesh.V1.Address + ":", StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(wanted, StringComparison.Ordinal));

        var json = await Meshctl.RunAsync("proxy-config", kind, "--proxy", mesh.Client.Admin, "-o", "json");
        using var resources = JsonDocument.Parse(json.Output);
        Assert.NotEqual(0, resources.RootElement.GetArrayLength());
        Assert.Contains($"\"{name}\"", json.Output, StringComparison.Ordinal);
        var yaml = await Meshctl.RunAsync("proxy-config", kind, "--proxy", mesh.Client.Admin, "-o", "yaml");
        Assert.Equal(0, yaml.ExitCode);
        Assert.StartsWith("-", yaml.Output, StringComparison.Ordinal);
        Assert.Contains(name, yaml.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_config_refuses_other_kinds_and_formats()
    {
        Assert.Equal(2, (await Meshctl.RunAsync("proxy-config", "clubs", "--proxy", mesh.Client.Admin)).ExitCode);
        Assert.Equal(2, (await Meshctl.RunAsync("proxy-config", "clusters", "--proxy", mesh.Client.Admin, "-o", "xml")).ExitCode);
        Assert.Equal(2, (await Meshctl.RunAsync("proxy-config", "clusters")).ExitCode);
    }

    [Fact]
    public async Task Explain_asks_a_running_proxy()
    {
        await mesh.ApplyRulesAsync(
            """
                - name: known
                  match: [ { uri: { prefix: /known } } ]
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - name: rest
                  timeout: 7s
                  route: [ { destination: { host: echo } } ]
            """
        );
        string[] arguments = ["explain", "--proxy", mesh.Client.Admin, "GET", "http://echo/other"];
        var json = await Meshctl.RunAsync([.. arguments, "-o", "json"]);
        Assert.Equal((0, ""), (json.ExitCode, json.Error));
        using var document = JsonDocument.Parse(json.Output);
        var rule = document.RootElement.GetProperty("rule");
        Assert.Equal("default/echo/rest", rule.GetProperty("name").GetString());
        Assert.EndsWith(".yaml", rule.GetProperty("origin").GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.True(rule.GetProperty("origin").GetProperty("line").GetInt32() > 0);
        var rejected = Assert.Single(document.RootElement.GetProperty("rejected").EnumerateArray());
        Assert.Equal("path begins with '/known'", rejected.GetProperty("needs").GetString());
        Assert.Equal("'/other'", rejected.GetProperty("has").GetString());
        Assert.Contains(
            document.RootElement.GetProperty("settings").EnumerateArray(),
            setting => (setting.GetProperty("name").GetString(), setting.GetProperty("value").GetString()) == ("timeout", "7s")
        );

        var text = await Meshctl.RunAsync(arguments);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("rejected before it", text.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Meshctl.RunAsync("explain", "GET", "http://echo/other")).ExitCode);
    }

    [Fact]
    public async Task Translate_prints_what_a_node_would_get()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("echo.yaml", Objects.EchoService("echo", "default", mesh.V1));
        directory.Write("warned.yaml", Warned);
        string[] arguments = ["translate", "-f", directory.Path, "--node", mesh.Client.NodeId];
        var yaml = await Meshctl.RunAsync(arguments);
        Assert.Equal(0, yaml.ExitCode);
        Assert.Equal(
            ["snapshot:", "resources:", "diagnostics:"],
            Lines(yaml).Where(line => char.IsAsciiLetter(line[0])).Select(line => line[..(line.IndexOf(':') + 1)])
        );

        var json = await Meshctl.RunAsync([.. arguments, "-o", "json"]);
        using var document = JsonDocument.Parse(json.Output);
        var resources = document.RootElement.GetProperty("resources");
        Assert.True(resources.GetProperty("CDS").TryGetProperty($"outbound|80||{EchoHost}", out _));
        var endpoints = resources.GetProperty("EDS").GetProperty($"outbound|80||{EchoHost}");
        Assert.Contains(mesh.V1.Address, endpoints.GetRawText(), StringComparison.Ordinal);
        var diagnostics = document.RootElement.GetProperty("diagnostics").EnumerateArray().Select(line => line.GetString()!).ToList();
        Assert.All(diagnostics, line => Assert.Matches(Finding(), line));
        Assert.Contains(diagnostics, line => line.Contains("warned.yaml:7: DestinationRule shop/echo ", StringComparison.Ordinal));
    }

    // file:line: KIND ns/name field.path: message [Code]
    [GeneratedRegex(
        @"^(?<file>[^:]+):(?<line>\d+): (?<object>\w+ [\w-]+/[\w.-]+)( (?<path>[\w.\[\]""-]+))?: (?<message>.+) \[(?<code>\w+)\]$"
    )]
    private static partial Regex Finding();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Gaps();

    private static string[] Lines(Meshctl.Result result) => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
