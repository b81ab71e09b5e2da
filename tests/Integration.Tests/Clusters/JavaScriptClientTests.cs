using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Kubernetes' own client for JavaScript asks the same server, so that the double is held to what others expect, not to what ours does.</summary>
public sealed class JavaScriptClientTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _ns = await _cluster.NamespaceAsync();
    }

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [PeerFact("node:@kubernetes/client-node")]
    public async Task Another_client_lists_in_pages_changes_and_watches_as_it_is_used_to()
    {
        var log = Path.GetTempFileName();
        await using var node = ChildProcess.Start(
            "node",
            "node",
            [Path.Combine(Peers.ProjectDirectory, "peers", "node", "cluster.js"), _cluster.KubeConfigFile, _ns],
            log
        );
        await Wait.UntilAsync("the client's end", TestCluster.Bound, () => Task.FromResult(node.HasExited), CancellationToken.None);
        Assert.True(node.ExitCode == 0, node.Tail());
        var said = Findings(log);
        Assert.Equal("""["a","b","c"]""", said["pages"]);
        Assert.Equal(("409", "409", "404"), (said["twice"], said["conflict"], said["missing"]));
        Assert.Equal("1", said["generation"]);
        Assert.Equal("""["a",true,1]""", said["status"]);
        Assert.Equal("""[["DestinationRule","networking.istio.io/v1","node"]]""", said["items"]);
        Assert.Equal("\"node\"", said["lease"]);
        Assert.Equal("""["add watched","update watched","delete watched"]""", said["events"]);
    }

    private static Dictionary<string, string> Findings(string log) =>
        File.ReadLines(log)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonNode.Parse(line)!)
            .ToDictionary(item => (string)item["what"]!, item => item["value"]!.ToJsonString());
}
