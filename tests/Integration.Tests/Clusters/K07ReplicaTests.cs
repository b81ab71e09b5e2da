using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Control planes come and go; what they said stays.</summary>
public sealed class K07ReplicaTests : IAsyncLifetime
{
    private const int Replicas = 3;

    private EchoUpstream _v1 = null!;
    private EchoUpstream _v2 = null!;
    private ClusterMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _v1 = await EchoUpstream.StartAsync("v1");
        _v2 = await EchoUpstream.StartAsync("v2");
        _mesh = await ClusterMesh.StartAsync(Replicas);
        _ns = await _mesh.Cluster.NamespaceAsync();
        await _mesh.Cluster.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: shop, namespace: {{_ns}} }
            spec:
              selector: { app: shop }
              ports: [{ name: http, port: 80, protocol: TCP, targetPort: {{EchoUpstream.Http1Port}} }]
            """
        );
        await _mesh.Cluster.ApplyAsync(ClusterMesh.Pod("shop-1", _ns, _v1.Address, "app: shop, version: v1"));
        await _mesh.Cluster.ApplyAsync(ClusterMesh.Pod("shop-2", _ns, _v2.Address, "app: shop, version: v2"));
        await _mesh.Cluster.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: shop, namespace: {{_ns}} }
            spec: { host: shop, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }
            """
        );
        await _mesh.Cluster.ApplyAsync(AllTo("v1"));
        _sidecar = await _mesh.StartSidecarAsync("client-1", _ns);
        using var client = Client();
        await SwitchedAsync(client, "v1");
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _v1.DisposeAsync();
        await _v2.DisposeAsync();
    }

    [Fact]
    public async Task K07_One_replica_after_the_other_is_killed_and_nobody_notices_nor_misses_a_change()
    {
        using var client = Client();
        var answers = await Load.WhileAsync(
            async () =>
            {
                foreach (var (killed, version) in new[] { (0, "v2"), (1, "v1"), (2, "v2") })
                {
                    await _mesh.KillReplicaAsync(killed);
                    await _mesh.Cluster.ApplyAsync(AllTo(version));
                    await SwitchedAsync(client, version);
                    await _mesh.StartReplicaAsync(killed);
                }
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["v1", "v2"], answers.Keys.Order());
    }

    [Fact]
    public async Task K07_With_all_of_them_gone_traffic_goes_on_and_what_changed_meanwhile_arrives_with_their_return()
    {
        using var client = Client();
        var answers = await Load.WhileAsync(
            async () =>
            {
                for (var i = 0; i < Replicas; i++)
                {
                    await _mesh.KillReplicaAsync(i);
                }

                await _sidecar.ConnectedAsync(false);
                await _mesh.Cluster.ApplyAsync(AllTo("v2"));
                Assert.Equal(["v1"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);
                await _mesh.StartReplicaAsync(1);
                await SwitchedAsync(client, "v2");
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["v1", "v2"], answers.Keys.Order());
    }

    [Fact]
    public async Task K07_The_leader_is_killed_nobody_notices_and_one_other_writes_what_users_read()
    {
        using var client = Client();
        var leader = await LeaderAsync();
        var answers = await Load.WhileAsync(
            async () =>
            {
                await _mesh.KillReplicaAsync(leader);
                await _mesh.Cluster.ApplyAsync(AllTo("v2"));
                await SwitchedAsync(client, "v2");
                await _mesh.Cluster.ApplyAsync(
                    $$"""
                    apiVersion: networking.istio.io/v1
                    kind: DestinationRule
                    metadata: { name: broken, namespace: {{_ns}} }
                    spec: { host: shop, trafficPolicy: { loadBalancer: { simpel: RANDOM } } }
                    """
                );
                await _mesh.Cluster.UntilAsync(
                    "DestinationRule",
                    _ns,
                    "broken",
                    "it being reported",
                    item => item["status"]?["conditions"] is not null
                );
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["v1", "v2"], answers.Keys.Order());
        Assert.NotEqual(leader, await LeaderAsync());
        if (_mesh.Cluster.Double is { } api)
        {
            Assert.Single(api.Requests, request => request.EndsWith("/destinationrules/broken/status", StringComparison.Ordinal));
        }
    }

    // A replica's identity ends with the number of its process.
    private async Task<int> LeaderAsync()
    {
        var leader = -1;
        await _mesh.Cluster.UntilAsync(
            "Lease",
            _mesh.Root,
            "mesh-leader",
            "a living leader",
            lease =>
            {
                var holder = (string?)lease["spec"]!["holderIdentity"] ?? "";
                leader = Enumerable
                    .Range(0, Replicas)
                    .FirstOrDefault(i => holder.EndsWith($"-{_mesh.ProcessOf(i)}", StringComparison.Ordinal), -1);
                return leader >= 0;
            }
        );
        return leader;
    }

    private HttpClient Client() => _sidecar.Client(HttpVersion.Version11);

    private static Task<string> WhoAsync(HttpClient client) => Outcome.OfAsync(() => client.GetAsync(new Uri("http://shop/")));

    private static Task SwitchedAsync(HttpClient client, string version) =>
        Wait.UntilAsync(
            $"all going to {version}",
            TestCluster.Bound,
            async () => (await Load.RunAsync(40, _ => WhoAsync(client))).Keys.SequenceEqual([version]),
            CancellationToken.None
        );

    private string AllTo(string version) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: shop, namespace: {{_ns}} }
            spec: { hosts: [shop], http: [{ route: [{ destination: { host: shop, subset: {{version}} } }] }] }
            """;
}
