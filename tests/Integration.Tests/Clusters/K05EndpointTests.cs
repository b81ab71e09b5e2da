using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Endpoints follow what the cluster says of its pods.</summary>
public sealed class K05EndpointTests : IAsyncLifetime
{
    private EchoUpstream _blue = null!;
    private EchoUpstream _green = null!;
    private ClusterMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _blue = await EchoUpstream.StartAsync("blue");
        _green = await EchoUpstream.StartAsync("green");
        _mesh = await ClusterMesh.StartAsync();
        _ns = await _mesh.Cluster.NamespaceAsync();
        await _mesh.Cluster.ApplyAsync(ClusterMesh.Pod("blue-1", _ns, _blue.Address, "app: shop, color: blue"));
        await _mesh.Cluster.ApplyAsync(ClusterMesh.Pod("green-1", _ns, _green.Address, "app: shop, color: green"));
        _sidecar = await _mesh.StartSidecarAsync("client-1", _ns);
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _blue.DisposeAsync();
        await _green.DisposeAsync();
    }

    [Fact]
    public async Task K05_A_pod_that_is_not_ready_gets_no_traffic_and_no_request_fails()
    {
        await _mesh.Cluster.ApplyAsync(Service("app: shop"));
        using var client = Client();
        await AnswersAsync(client, "blue");
        await AnswersAsync(client, "green");
        var since = Stopwatch.StartNew();
        var answers = await Load.WhileAsync(
            async () =>
            {
                await ReadyAsync("blue-1", _blue.Address, false);
                since.Restart();
                await QuietAsync(client, "blue");
                since.Stop();
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["blue", "green"], answers.Keys.Order());
        // A second is what users are promised; the machine of a test has much else to do.
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(["green"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);

        await ReadyAsync("blue-1", _blue.Address, true);
        await AnswersAsync(client, "blue");
    }

    [Fact]
    public async Task K05_A_selector_that_changes_from_blue_to_green_fails_no_request()
    {
        await _mesh.Cluster.ApplyAsync(Service("app: shop, color: blue"));
        using var client = Client();
        await AnswersAsync(client, "blue");
        Assert.Equal(["blue"], (await Load.RunAsync(100, _ => WhoAsync(client))).Keys);
        var answers = await Load.WhileAsync(
            async () =>
            {
                await _mesh.Cluster.ApplyAsync(Service("app: shop, color: green"));
                await QuietAsync(client, "blue");
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["blue", "green"], answers.Keys.Order());
        Assert.Equal(["green"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);
    }

    [Fact]
    public async Task K05_Slices_are_followed_where_there_are_any()
    {
        // A real server takes no loopback addresses in slices.
        if (_mesh.Cluster.Double is null)
        {
            return;
        }

        await _mesh.Cluster.ApplyAsync(Service("app: shop"));
        await _mesh.Cluster.ApplyAsync(Slice(blueReady: true));
        using var client = Client();
        await AnswersAsync(client, "blue");
        var answers = await Load.WhileAsync(
            async () =>
            {
                await _mesh.Cluster.ApplyAsync(Slice(blueReady: false));
                await QuietAsync(client, "blue");
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["blue", "green"], answers.Keys.Order());
        Assert.Equal(["green"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);
    }

    private Task ReadyAsync(string pod, string address, bool ready) =>
        _mesh.Cluster.StatusAsync("Pod", _ns, pod, JsonNode.Parse(ClusterMesh.Status(address, ready))!);

    private HttpClient Client() => _sidecar.Client(HttpVersion.Version11);

    private static Task<string> WhoAsync(HttpClient client) => Outcome.OfAsync(() => client.GetAsync(new Uri("http://shop/")));

    private static Task AnswersAsync(HttpClient client, string who) =>
        Wait.UntilAsync($"{who} answering", TestCluster.Bound, async () => await WhoAsync(client) == who, CancellationToken.None);

    // Nobody hears of it any more: forty requests in a row go elsewhere.
    private static async Task QuietAsync(HttpClient client, string who)
    {
        using var limit = new CancellationTokenSource(TestCluster.Bound);
        for (var row = 0; row < 40; row++)
        {
            limit.Token.ThrowIfCancellationRequested();
            row = await WhoAsync(client) == who ? -1 : row;
        }
    }

    private string Service(string selector) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: shop, namespace: {{_ns}} }
            spec:
              selector: { {{selector}} }
              ports: [{ name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }]
            """;

    private string Slice(bool blueReady) =>
        $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: shop-1, namespace: {{_ns}}, labels: { kubernetes.io/service-name: shop } }
            addressType: IPv4
            ports: [{ name: http, port: {{EchoUpstream.Http1Port}} }]
            endpoints:
              - { addresses: [{{_blue.Address}}], conditions: { ready: {{(
                blueReady ? "true" : "false"
            )}} }, targetRef: { kind: Pod, name: blue-1, namespace: {{_ns}} } }
              - { addresses: [{{_green.Address}}], conditions: { ready: true }, targetRef: { kind: Pod, name: green-1, namespace: {{_ns}} } }
            """;
}
