using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>How the two servers are started: options, variables, help, and what is said about wrong ones.</summary>
public sealed class OptionsTests
{
    private static readonly string[] ProxyOptions =
    [
        "--node",
        "--ads",
        "--capture",
        "--outbound",
        "--inbound",
        "--app",
        "--service-account",
        "--admin",
        "--ready",
        "--metrics",
        "--merged",
        "--access-log",
        "--cache",
    ];

    private static readonly string[] ControlPlaneOptions = ["--config", "--ads", "--monitoring", "--root-namespace", "--trust-domain"];

    [Fact]
    public async Task The_proxy_names_every_bad_value_at_once()
    {
        (string Option, string Value)[] bad =
        [
            ("--node", "web"),
            ("--ads", "nowhere"),
            ("--capture", "maybe"),
            ("--outbound", "15001"),
            ("--inbound", "loopback:15006"),
            ("--app", "beside"),
            ("--service-account", ""),
            ("--admin", "0.0.0.0:15000"),
            ("--ready", "127.0.0.1"),
            ("--metrics", "127.0.0.1:99999"),
            ("--merged", "::1:15020"),
            ("--drain-time", "45"),
            ("--log-level", "loud"),
        ];
        var result = await MeshProgram.RunAsync(
            MeshBinaries.BesideThis.Proxy,
            null,
            [.. bad.SelectMany(pair => new[] { pair.Option, pair.Value })]
        );
        AssertNamed(result, bad);
    }

    [Fact]
    public async Task The_control_plane_names_every_bad_value_at_once()
    {
        (string Option, string Value)[] bad =
        [
            ("--config", "/there/is/no/such/directory"),
            ("--ads", "15010"),
            ("--monitoring", "somewhere:15014"),
            ("--root-namespace", "Istio System"),
            ("--trust-domain", "cluster..local"),
        ];
        var result = await MeshProgram.RunAsync(
            MeshBinaries.BesideThis.ControlPlane,
            null,
            [.. bad.SelectMany(pair => new[] { pair.Option, pair.Value })]
        );
        AssertNamed(result, bad);
    }

    [Fact]
    public async Task What_is_missing_unknown_or_wrong_in_a_variable_is_said_too()
    {
        var result = await MeshProgram.RunAsync(
            MeshBinaries.BesideThis.Proxy,
            new Dictionary<string, string> { ["MESH_ADS"] = "nowhere", ["MESH_OUTBOUND"] = "15001" },
            "--outbund",
            "127.0.0.1:15001"
        );
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--outbund", result.Error, StringComparison.Ordinal);
        Assert.Contains("MESH_ADS: 'nowhere'", result.Error, StringComparison.Ordinal);
        Assert.Contains("MESH_OUTBOUND: '15001'", result.Error, StringComparison.Ordinal);
        Assert.Contains("--node is missing", result.Error, StringComparison.Ordinal);
        Assert.Contains("MESH_NODE", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_every_option_with_its_variable()
    {
        foreach (
            var (assembly, options) in new[]
            {
                (MeshBinaries.BesideThis.Proxy, ProxyOptions),
                (MeshBinaries.BesideThis.ControlPlane, ControlPlaneOptions),
            }
        )
        {
            var help = await MeshProgram.RunAsync(assembly, null, "--help");
            Assert.Equal(0, help.ExitCode);
            foreach (var option in options)
            {
                var variable = "MESH_" + option[2..].Replace('-', '_').ToUpperInvariant();
                Assert.Contains(
                    help.Output.Split('\n'),
                    line =>
                        line.TrimStart().StartsWith($"{option} <", StringComparison.Ordinal)
                        && line.Contains($"[env: {variable}]", StringComparison.Ordinal)
                );
            }
        }
    }

    [Fact]
    public async Task Variables_alone_start_a_mesh()
    {
        using var directory = new TemporaryDirectory();
        var address = LoopbackSubnet.NextAddress();
        var ads = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        var monitoring = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        var config = Directory.CreateDirectory(Path.Combine(directory.Path, "config")).FullName;
        await using var controlPlane = ChildProcess.Start(
            "controlplane",
            "dotnet",
            [MeshBinaries.BesideThis.ControlPlane],
            Path.Combine(directory.Path, "controlplane.log"),
            new Dictionary<string, string>
            {
                ["MESH_CONFIG"] = config,
                ["MESH_ADS"] = ads,
                ["MESH_MONITORING"] = monitoring,
                ["MESH_ROOT_NAMESPACE"] = "mesh-root",
                ["MESH_TRUST_DOMAIN"] = "cluster.local",
            }
        );
        await using var proxy = ChildProcess.Start(
            "proxy",
            "dotnet",
            [MeshBinaries.BesideThis.Proxy],
            Path.Combine(directory.Path, "proxy.log"),
            new Dictionary<string, string>
            {
                ["MESH_NODE"] = $"sidecar~{address}~web-1.shop~shop.svc.cluster.local",
                ["MESH_ADS"] = ads,
                ["MESH_OUTBOUND"] = $"{address}:15001",
                ["MESH_ADMIN"] = $"{address}:15000",
                ["MESH_READY"] = $"{address}:15021",
                ["MESH_METRICS"] = $"{address}:15090",
                ["MESH_MERGED"] = $"{address}:15020",
                ["MESH_ACCESS_LOG"] = Path.Combine(directory.Path, "access.log"),
                ["MESH_CACHE"] = Path.Combine(directory.Path, "cache"),
            }
        );
        foreach (var url in new[] { $"http://{monitoring}/ready", $"http://{address}:15021/healthz/ready" })
        {
            await Wait.UntilAsync(
                $"{url}; {controlPlane.Tail()} {proxy.Tail()}",
                TimeSpan.FromSeconds(60),
                () => Wait.AnswersAsync(url, CancellationToken.None),
                CancellationToken.None
            );
        }
    }

    private static void AssertNamed(Meshctl.Result result, IReadOnlyList<(string Option, string Value)> bad)
    {
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Output);
        var lines = result.Error.Split('\n');
        foreach (var (option, value) in bad)
        {
            Assert.Single(
                lines,
                line => line.StartsWith($"{option}: ", StringComparison.Ordinal) && line.Contains(value, StringComparison.Ordinal)
            );
        }
    }
}
