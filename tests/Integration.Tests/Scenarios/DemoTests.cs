using System.Text.RegularExpressions;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

public sealed partial class DemoTests
{
    // Beyond the addresses that the other scenarios take.
    private const int FirstSubnet = 220;
    private const int Subnets = 30;

    [Fact]
    public async Task The_demo_steers_its_traffic_through_five_steps_and_says_so()
    {
        var examples = Path.GetFullPath(Path.Combine(Peers.ProjectDirectory, "..", "..", "examples", "bookinfo"));
        var subnet = $"127.{FirstSubnet + (Environment.ProcessId % Subnets)}";
        var demo = await MeshProgram.RunAsync(
            MeshBinaries.BesideThis.Cli,
            null,
            "demo",
            "--once",
            "--requests",
            "500",
            "--subnet",
            subnet,
            "--examples",
            examples
        );
        Assert.True(demo.ExitCode == 0, $"exit code {demo.ExitCode}\n{demo.Output}\n{demo.Error}");
        var steps = demo.Output.Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal)).ToList();
        Assert.All(steps, step => Assert.Matches(Step(), step));
        Assert.Equal(
            ["v1=100 v2=0 v3=0", "v1=50 v2=50 v3=0", "v1=80 v2=20 v3=0", "v1=50 v2=0 v3=50", "v1=0 v2=0 v3=100"],
            steps.Select(step => Step().Match(step).Groups["expected"].Value)
        );
    }

    [GeneratedRegex(
        @"^step (?<name>\S+) expected (?<expected>v1=\d+ v2=\d+ v3=\d+) observed v1=\d+\.\d v2=\d+\.\d v3=\d+\.\d failures=0 ok$"
    )]
    private static partial Regex Step();
}
