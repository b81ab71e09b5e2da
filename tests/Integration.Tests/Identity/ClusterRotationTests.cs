using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Clusters;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Identity;

/// <summary>S01 in a cluster: <c>meshctl ca --kubeconfig</c> exchanges the root in the Secret that two replicas share, which restart in between.</summary>
public sealed class ClusterRotationTests : IAsyncLifetime
{
    private ClusterMesh _mesh = null!;

    public async Task InitializeAsync() => _mesh = await ClusterMesh.StartAsync(2);

    public async Task DisposeAsync() => await _mesh.DisposeAsync();

    [Fact]
    public async Task Two_replicas_follow_each_step_and_a_restart_in_between_loses_none()
    {
        Assert.Contains("signs", (await CaAsync(0, "status")).Output, StringComparison.Ordinal);
        var first = await SigningAsync();
        Assert.Equal(first[0], first[1]);

        // Of two who take the same step one has done it, and the other hears so.
        var both = await Task.WhenAll(CaAsync(null, "rotate"), CaAsync(null, "rotate"));
        Assert.Equal([0, 1], both.Select(result => result.ExitCode).Order());
        Assert.Contains(both, result => result.Output.Contains("is announced: proxies are told to trust it", StringComparison.Ordinal));
        await RestartAsync(0);
        await FollowedAsync("two roots", page => page["roots"]!.AsArray().Count == 2);
        Assert.Equal(first, await SigningAsync());

        // Whoever followed the replica before its restart may not be back yet.
        Assert.Contains("have not come back", (await CaAsync(1, "rotate")).Output, StringComparison.Ordinal);
        await Wait.UntilAsync(
            "the new root to sign",
            TestCluster.Bound,
            async () => (await CaAsync(null, "rotate")).Output.Contains("signs now", StringComparison.Ordinal),
            CancellationToken.None
        );
        await RestartAsync(1);
        await FollowedAsync("the new root", page => (string)page["signing"]!["fingerprint"]! != first[0]);
        var second = await SigningAsync();
        Assert.Equal(second[0], second[1]);

        Assert.Contains("may be in use until", (await CaAsync(1, "rotate")).Output, StringComparison.Ordinal);
        var status = await CaAsync(0, "status");
        Assert.Contains("retired", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_asked_or_read_is_said()
    {
        var nowhere = await Meshctl.RunAsync(["ca", "status", "--kubeconfig", _mesh.Cluster.KubeConfigFile, "--namespace", "nowhere"]);
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("Secret nowhere/mesh-authority holds no authority", nowhere.Error, StringComparison.Ordinal);

        var missing = await Meshctl.RunAsync(["ca", "status", "--kubeconfig", "/nowhere/config"]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("/nowhere/config", missing.Error, StringComparison.Ordinal);

        var deaf = await Meshctl.RunAsync([.. Arguments("rotate")[..^1], "127.0.0.1:1"]);
        Assert.Equal(1, deaf.ExitCode);
        Assert.Contains("127.0.0.1:1", deaf.Error, StringComparison.Ordinal);
    }

    private IEnumerable<string> Monitoring => [_mesh.Monitoring(0), _mesh.Monitoring(1)];

    private string[] Arguments(string verb) =>
        ["ca", verb, "--kubeconfig", _mesh.Cluster.KubeConfigFile, "--namespace", _mesh.Root, "--control-plane", .. Monitoring];

    private async Task<(int ExitCode, string Output, string Error)> CaAsync(int? exitCode, string verb)
    {
        var result = await Meshctl.RunAsync(Arguments(verb));
        Assert.True(exitCode is null || exitCode == result.ExitCode, result.Output + result.Error);
        return (result.ExitCode, result.Output, result.Error);
    }

    private async Task RestartAsync(int replica)
    {
        await _mesh.KillReplicaAsync(replica);
        await _mesh.StartReplicaAsync(replica);
    }

    private Task FollowedAsync(string what, Func<JsonNode, bool> holds) =>
        Wait.UntilAsync($"{what} in both replicas", TestCluster.Bound, async () => (await PagesAsync()).All(holds), CancellationToken.None);

    private async Task<string[]> SigningAsync() => [.. (await PagesAsync()).Select(page => (string)page["signing"]!["fingerprint"]!)];

    private async Task<JsonNode[]> PagesAsync()
    {
        var pages = new List<JsonNode>();
        foreach (var port in Monitoring)
        {
            pages.Add(JsonNode.Parse((await Wait.TextAsync($"http://{port}/debug/authority", CancellationToken.None))!)!);
        }

        return [.. pages];
    }
}
