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
            TimeSpan.FromSeconds(60),
            async () => (await client.CallAsync("/shop.Cart/Get", 20)).Keys.Order().SequenceEqual(["v1", "v2"]),
            CancellationToken.None
        );
        var answers = await client.CallAsync("/shop.Cart/Get", 200);
        Assert.Equal(200, answers.Values.Sum());
        Assert.All(answers, answer => Assert.InRange(answer.Value, 60, 140));

        await SyncedAsync(node);
        foreach (var (outlierDetection, annotations) in OutlierRules)
        {
            await mesh.Mesh.ApplyAsync($"{name}-outliers.yaml", Ejecting(name, outlierDetection, annotations));
            await SyncedAsync(node);
            Assert.Equal(20, (await client.CallAsync("/shop.Cart/Get", 20)).Where(answer => answer.Key is "v1" or "v2").Sum(a => a.Value));
        }
    }

    // What these libraries lack must not reach them, and what they have must be in their ranges.
    private static (string OutlierDetection, string Annotations)[] OutlierRules =>
        [
            ("", ""),
            ("consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 1s, maxEjectionPercent: 34", ""),
            (
                "consecutiveErrors: 1, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 1, baseEjectionTime: 1h,"
                    + " maxEjectionPercent: 100, minHealthPercent: 90, outlierDetectionHttpErrorCodes: [429]",
                """
                mesh.extensions/success-rate: '{ "minimumHosts": 1, "requestVolume": 1, "stdevFactor": 100, "enforcing": 100 }',
                mesh.extensions/failure-percentage: '{ "threshold": 100, "minimumHosts": 1, "requestVolume": 1, "enforcing": 100 }',
                mesh.extensions/half-open-probe: '{ "successes": 3 }'
                """
            ),
        ];

    /// <summary>Everything that was sent to the client is accepted.</summary>
    private async Task SyncedAsync(string node)
    {
        await Wait.UntilAsync(
            $"{node} is in sync",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                using var status = JsonDocument.Parse(
                    (await Wait.TextAsync($"http://{mesh.Mesh.Monitoring}/debug/syncz", CancellationToken.None))!
                );
                var row = status.RootElement.EnumerateArray().Single(c => c.GetProperty("proxy").GetString() == node);
                var types = row.GetProperty("types").EnumerateObject().ToList();
                Assert.All(types, type => Assert.Equal("", type.Value.GetProperty("nackError").GetString()));
                return types.TrueForAll(type => type.Value.GetProperty("state").GetString() == "SYNCED");
            },
            CancellationToken.None
        );
    }

    private static string Ejecting(string host, string outlierDetection, string annotations) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata:
              name: {{host}}-outliers
              namespace: default
              annotations: { {{annotations.ReplaceLineEndings(" ")}} }
            spec:
              host: {{host}}
              trafficPolicy: { outlierDetection: { {{outlierDetection}} } }
            """;

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
