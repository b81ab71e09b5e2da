namespace Mesh.ControlPlane.Tests.Host;

/// <summary>How the control plane is started, and what it says to bad usage.</summary>
public sealed class ControlPlaneOptionsTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public void Defaults_are_those_people_know()
    {
        var (options, _, _) = Read(NoEnvironment, "--config", ".");

        Assert.Equal("127.0.0.1:15010", options!.Ads.ToString());
        Assert.Equal("127.0.0.1:15014", options.Monitoring.ToString());
        Assert.Equal("istio-system", options.Settings.RootNamespace);
        Assert.Equal("cluster.local", options.Settings.TrustDomain);
    }

    [Fact]
    public void Options_come_from_the_environment_too()
    {
        var (options, _, _) = Read(
            new()
            {
                ["MESH_CONFIG"] = ".",
                ["MESH_ADS"] = "127.0.0.1:1",
                ["MESH_TRUST_DOMAIN"] = "a.example",
            }
        );

        Assert.Equal((".", 1, "a.example"), (options!.ConfigDirectory, options.Ads.Port, options.Settings.TrustDomain));
    }

    [Fact]
    public void All_bad_values_are_named_at_once()
    {
        var (options, exitCode, error) = Read(
            NoEnvironment,
            "--config",
            "/no/such/directory",
            "--ads",
            "here",
            "--monitoring",
            "127.0.0.1",
            "--root-namespace",
            "No Namespace",
            "--trust-domain",
            "a..b"
        );

        Assert.Null(options);
        Assert.Equal(2, exitCode);
        Assert.All(
            new[] { "/no/such/directory", "'here'", "'127.0.0.1'", "'No Namespace'", "'a..b'" },
            value => Assert.Contains(value, error, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Help_lists_every_option()
    {
        using var output = new StringWriter();
        var (options, exitCode) = ControlPlaneOptions.Read(["--help"], NoEnvironment, output, TextWriter.Null);

        Assert.Null(options);
        Assert.Equal(0, exitCode);
        Assert.All(
            new[] { "--config", "--ads", "--monitoring", "--root-namespace", "--trust-domain", "MESH_CONFIG", "istio-system", "15014" },
            text => Assert.Contains(text, output.ToString(), StringComparison.Ordinal)
        );
    }

    private static (ControlPlaneOptions? Options, int ExitCode, string Error) Read(
        Dictionary<string, string> environment,
        params string[] arguments
    )
    {
        using var error = new StringWriter();
        var (options, exitCode) = ControlPlaneOptions.Read(arguments, environment, TextWriter.Null, error);
        return (options, exitCode, error.ToString());
    }
}
