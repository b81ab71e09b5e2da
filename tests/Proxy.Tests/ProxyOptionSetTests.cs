using System.Net;
using Mesh.Startup;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests;

public sealed class ProxyOptionSetTests
{
    private const string Node = "sidecar~127.0.7.1~reviews-v1.default~default.svc.cluster.local";

    private static readonly string[] Required = ["--node", Node, "--ads", "127.0.0.1:15010"];

    [Fact]
    public void Every_option_has_the_documented_default()
    {
        var (options, _, _, exit) = Read(Required);

        Assert.Equal(0, exit);
        var expected = new ProxyOptions { Node = options!.Node, Ads = options.Ads };
        Assert.Equal(expected, options);
        Assert.Equal(("reviews-v1", "default"), (options.Node.Pod, options.Node.Namespace));
    }

    [Theory]
    [InlineData("none", "127.0.0.1:15006")]
    [InlineData("redirect", "[::]:15006")]
    [InlineData("tproxy", "[::]:15006")]
    public void The_inbound_port_is_where_the_kernel_delivers(string capture, string expected)
    {
        var options = Read(["--node", Node, "--ads", "127.0.0.1:15010", "--capture", capture]).Options!;

        Assert.Equal(IPEndPoint.Parse(expected), options.Inbound);
    }

    [Fact]
    public void A_star_is_every_address_of_both_families()
    {
        var options = Read(["--node", Node, "--ads", "127.0.0.1:15010", "--merged", "*:7"]).Options!;

        Assert.Equal(new IPEndPoint(OptionParsers.EveryAddress, 7), options.Merged);
        Assert.Equal(new IPEndPoint(OptionParsers.EveryAddress, 15021), options.Ready);
        Assert.Contains("--admin: '*:15000'", Read(["--node", Node, "--ads", "127.0.0.1:15010", "--admin", "*:15000"]).Error);
    }

    [Fact]
    public void Every_option_is_read_from_the_environment_too()
    {
        var environment = new Dictionary<string, string>
        {
            ["MESH_NODE"] = Node,
            ["MESH_ADS"] = "istiod:15010",
            ["MESH_CAPTURE"] = "redirect",
            ["MESH_OUTBOUND"] = "127.0.0.1:1",
            ["MESH_INBOUND"] = "127.0.0.1:2",
            ["MESH_APP"] = "127.0.0.9",
            ["MESH_SERVICE_ACCOUNT"] = "reviews",
            ["MESH_ADMIN"] = "127.0.0.1:3",
            ["MESH_READY"] = "127.0.0.1:4",
            ["MESH_METRICS"] = "127.0.0.1:5",
            ["MESH_MERGED"] = "127.0.0.1:6",
            ["MESH_ACCESS_LOG"] = "-",
            ["MESH_ACCESS_LOG_CONFIG_VERSION"] = "true",
            ["MESH_PROTOCOL_DETECTION_TIMEOUT"] = "0s",
            ["MESH_DRAIN_TIME"] = "1500ms",
            ["MESH_CACHE"] = "/tmp/cache",
            ["MESH_LOG_LEVEL"] = "debug",
        };

        var options = Read([], environment).Options!;

        var expected = new ProxyOptions
        {
            Node = options.Node,
            Ads = new DnsEndPoint("istiod", 15010),
            Capture = CaptureMode.Redirect,
            Outbound = new(IPAddress.Loopback, 1),
            Inbound = new(IPAddress.Loopback, 2),
            App = IPAddress.Parse("127.0.0.9"),
            ServiceAccount = "reviews",
            Admin = new(IPAddress.Loopback, 3),
            Ready = new(IPAddress.Loopback, 4),
            Metrics = new(IPAddress.Loopback, 5),
            Merged = new(IPAddress.Loopback, 6),
            AccessLog = "-",
            AccessLogConfigVersion = true,
            ProtocolDetectionTimeout = TimeSpan.Zero,
            DrainTime = TimeSpan.FromSeconds(1.5),
            Cache = "/tmp/cache",
            LogLevel = LogLevel.Debug,
        };
        Assert.Equal(expected, options);
    }

    [Fact]
    public void All_bad_values_are_named_at_once_with_exit_code_two()
    {
        var (options, _, error, exit) = Read([
            "--node",
            "router~1.2.3.4~a.b~c",
            "--capture",
            "magic",
            "--outbound",
            "15001",
            "--app",
            "here",
            "--admin",
            "0.0.0.0:15000",
            "--drain-time",
            "5",
            "--log-level",
            "loud",
            "--unknown",
        ]);

        Assert.Null(options);
        Assert.Equal(2, exit);
        foreach (
            var name in new[]
            {
                "--node",
                "--ads",
                "--capture",
                "--outbound",
                "--app",
                "--admin",
                "--drain-time",
                "--log-level",
                "--unknown",
            }
        )
        {
            Assert.Contains(name, error);
        }
    }

    [Fact]
    public void A_secure_control_plane_needs_roots_and_a_token()
    {
        var options = Read(["--node", Node, "--secure-ads", "cp:15012", "--mesh-root", "root.pem", "--token", "t"]).Options!;
        Assert.Equal(("cp", 15012), (options.Ads.Host, options.Ads.Port));
        Assert.Equal(new("root.pem", "t"), options.Identity);

        var bare = Read(["--node", Node, "--secure-ads", "cp:15012"]);
        Assert.Equal(2, bare.Exit);
        Assert.Contains("--mesh-root is missing", bare.Error);
        Assert.Contains("--token is missing", bare.Error);
    }

    [Theory]
    [InlineData("--ads is missing")]
    [InlineData("--ads and --secure-ads are both given", "--ads", "a:1", "--secure-ads", "b:1", "--mesh-root", "r", "--token", "t")]
    [InlineData("--token is of no use without --secure-ads", "--ads", "a:1", "--token", "t")]
    public void Addresses_that_do_not_go_together_are_refused(string problem, params string[] arguments)
    {
        var (options, _, error, exit) = Read(["--node", Node, .. arguments]);
        Assert.Null(options);
        Assert.Equal(2, exit);
        Assert.Contains(problem, error);
    }

    [Fact]
    public void Help_is_complete()
    {
        var (_, output, _, exit) = Read(["--help"]);

        Assert.Equal(0, exit);
        string[] grouped = ["EqualityContract", nameof(ProxyOptions.Identity), nameof(ProxyOptions.Limits), nameof(TrafficLimits.Default)];
        var names = typeof(ProxyOptions).GetProperties().Concat(typeof(TrafficLimits).GetProperties()).Select(p => p.Name);
        foreach (var name in names.Except(grouped).Concat(["SecureAds", "MeshRoot", "Token"]))
        {
            var option = "--" + string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{c}" : $"{c}")).ToLowerInvariant();
            Assert.Contains(option + " ", output);
            Assert.Contains(OptionSet.EnvironmentName(option), output);
        }
    }

    private static (ProxyOptions? Options, string Output, string Error, int Exit) Read(
        string[] arguments,
        Dictionary<string, string>? environment = null
    )
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var options = ProxyOptionSet.Read(arguments, environment ?? [], output, error, out var exit);
        return (options, output.ToString(), error.ToString(), exit);
    }
}
