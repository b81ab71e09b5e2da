using System.Text.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>gRPC's own xDS clients against the control plane, without any sidecar.</summary>
[Collection(EchoCollection.Name)]
public sealed class ProxylessGrpcTests(EchoMesh mesh)
{
    [PeerFact(GrpcPeer.PythonPeer)]
    public Task A_Python_client_resolves_through_xDS_follows_a_weight_change_and_never_NACKs() =>
        FollowsAsync("xds-python", (target, bootstrap) => GrpcPeer.PythonClientAsync(target, bootstrap: bootstrap));

    [PeerFact(GrpcPeer.NodePeer)]
    public Task A_Node_client_resolves_through_xDS_follows_a_weight_change_and_never_NACKs() =>
        FollowsAsync("xds-node", (target, bootstrap) => GrpcPeer.NodeClientAsync(target, bootstrap: bootstrap));

    private async Task FollowsAsync(string name, Func<string, string, Task<GrpcPeer>> start)
    {
        await using var service = await GrpcService.StartAsync(name);
        await mesh.Mesh.ApplyAsync($"{name}.yaml", service.Yaml);
        await mesh.ApplyAsync(Split(name, 100, 0));

        var bootstrap = Path.Combine(mesh.Mesh.Root, $"{name}-bootstrap.json");
        var node = $"{name}-client";
        await File.WriteAllTextAsync(
            bootstrap,
            JsonSerializer.Serialize(
                new
                {
                    xds_servers = new[]
                    {
                        new
                        {
                            server_uri = mesh.Mesh.Ads,
                            channel_creds = new[] { new { type = "insecure" } },
                            server_features = new[] { "xds_v3" },
                        },
                    },
                    node = new { id = node, locality = new { zone = "here" } },
                }
            )
        );
        await using var client = await start($"xds:///{name}.default.svc.cluster.local:{GrpcService.Port}", bootstrap);
        Assert.Equal("v1", Assert.Single(await client.CallAsync("/shop.Cart/Get", 20)).Key);

        await mesh.ApplyAsync(Split(name, 50, 50));
        await Wait.UntilAsync(
            "both versions answering",
            TimeSpan.FromSeconds(20),
            async () => (await client.CallAsync("/shop.Cart/Get", 20)).Keys.Order().SequenceEqual(["v1", "v2"]),
            CancellationToken.None
        );
        var answers = await client.CallAsync("/shop.Cart/Get", 200);
        Assert.Equal(200, answers.Values.Sum());
        Assert.All(answers, answer => Assert.InRange(answer.Value, 60, 140));

        using var status = JsonDocument.Parse(
            (await Wait.TextAsync($"http://{mesh.Mesh.Monitoring}/debug/syncz", CancellationToken.None))!
        );
        var row = status.RootElement.EnumerateArray().Single(c => c.GetProperty("proxy").GetString() == node);
        Assert.All(row.GetProperty("types").EnumerateObject(), type => Assert.Equal("", type.Value.GetProperty("nackError").GetString()));
        Assert.All(row.GetProperty("types").EnumerateObject(), type => Assert.Equal("SYNCED", type.Value.GetProperty("state").GetString()));
    }

    private static string Split(string host, int v1, int v2) =>
        Objects.VirtualService(
            host,
            "default",
            host,
            $$"""
                - retries: { attempts: 3, perTryTimeout: 5s, retryOn: "5xx,reset,unavailable,cancelled,503", backoff: 50ms, retryRemoteLocalities: true }
                  route:
                    - destination: { host: {{host}}, subset: v1 }
                      weight: {{v1}}
                    - destination: { host: {{host}}, subset: v2 }
                      weight: {{v2}}
            """
        );
}
