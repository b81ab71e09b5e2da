using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Xunit.Abstractions;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Endpoints follow what the cluster says of its pods.</summary>
public sealed class K05EndpointTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 9;

    // A second is what users are promised; the machine of a test has much else to do.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private EchoUpstream _blue = null!;
    private EchoUpstream _green = null!;
    private ClusterMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private string _ns = "";
    private long _blueAt;

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
        await PromptAsync(client, ready => ReadyAsync("blue-1", _blue.Address, ready));
        Assert.Equal(["green"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);

        await ReadyAsync("blue-1", _blue.Address, true);
        await AnswersAsync(client, "blue");
    }

    [Fact]
    public async Task K05_A_pod_that_is_not_ready_gets_no_traffic_also_while_other_pods_change_all_the_time()
    {
        await _mesh.Cluster.ApplyAsync(Service("app: shop"));
        using var client = Client();
        await AnswersAsync(client, "green");
        using var enough = new CancellationTokenSource();
        var noise = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await _mesh.Cluster.ApplyAsync(
                    ClusterMesh.Pod($"restless-{i % 5}", _ns, $"127.250.0.{1 + (i % 5)}", $"app: restless, turn: t{i}")
                );
            }
        });
        await PromptAsync(client, ready => ReadyAsync("blue-1", _blue.Address, ready));
        await enough.CancelAsync();
        await noise;
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

    [ServerFact(isReal: false, "a real server takes no loopback addresses in slices")]
    public async Task K05_Slices_are_followed_where_there_are_any()
    {
        await _mesh.Cluster.ApplyAsync(Service("app: shop"));
        await _mesh.Cluster.ApplyAsync(Slice("shop-1", Blue(), Green()));
        using var client = Client();
        await AnswersAsync(client, "blue");
        await PromptAsync(client, ready => _mesh.Cluster.ApplyAsync(Slice("shop-1", Blue(ready), Green())));
        Assert.Equal(["green"], (await Load.RunAsync(200, _ => WhoAsync(client))).Keys);
    }

    [ServerFact(isReal: false, "a real server takes no loopback addresses in slices")]
    public async Task K05_An_endpoint_that_moves_from_one_slice_to_another_is_never_missed()
    {
        await _mesh.Cluster.ApplyAsync(Service("app: shop"));
        await _mesh.Cluster.ApplyAsync(Slice("shop-1", Blue()));
        using var client = Client();
        await AnswersAsync(client, "blue");
        var answers = await Load.WhileAsync(
            async () =>
            {
                var (here, there) = ("shop-1", "shop-2");
                for (var i = 0; i < 20; i++)
                {
                    // As the controller writes them: one after the other, and either may be first.
                    var writes = new[] { Slice(there, Blue()), Slice(here) };
                    await _mesh.Cluster.ApplyAsync(writes[i % 2]);
                    await _mesh.Cluster.ApplyAsync(writes[(i + 1) % 2]);
                    (here, there) = (there, here);
                    await Load.RunAsync(20, _ => WhoAsync(client));
                }

                await _mesh.Cluster.DeleteAsync("EndpointSlice", _ns, there);
                // Something that comes behind it says that the proxy has heard of it.
                await _mesh.Cluster.ApplyAsync(Slice(here, Blue(), Green()));
                await AnswersAsync(client, "green");
            },
            _ => WhoAsync(client)
        );
        Assert.Equal(["blue", "green"], answers.Keys.Order());
    }

    // Blue comes and goes several times; how long it had traffic after it was said to be gone.
    private async Task PromptAsync(HttpClient client, Func<bool, Task> readyAsync)
    {
        var delays = new List<TimeSpan>();
        for (var i = 0; i < Rounds; i++)
        {
            await readyAsync(true);
            await AnswersAsync(client, "blue");
            var answers = await Load.WhileAsync(
                async () =>
                {
                    await readyAsync(false);
                    var said = Stopwatch.GetTimestamp();
                    await QuietAsync(client, "blue");
                    var last = Volatile.Read(ref _blueAt);
                    delays.Add(last > said ? Stopwatch.GetElapsedTime(said, last) : TimeSpan.Zero);
                },
                _ => WhoAsync(client)
            );
            Assert.Superset(answers.Keys.ToHashSet(), new HashSet<string> { "blue", "green" });
        }

        delays.Sort();
        output.WriteLine("traffic after not ready, ms: " + string.Join(' ', delays.Select(delay => $"{delay.TotalMilliseconds:F0}")));
        Assert.InRange(delays[Rounds / 2], TimeSpan.Zero, Bound);
    }

    private Task ReadyAsync(string pod, string address, bool ready) =>
        _mesh.Cluster.StatusAsync("Pod", _ns, pod, JsonNode.Parse(ClusterMesh.Status(address, ready))!);

    private HttpClient Client() => _sidecar.Client(HttpVersion.Version11);

    private async Task<string> WhoAsync(HttpClient client)
    {
        var who = await Outcome.OfAsync(() => client.GetAsync(new Uri("http://shop/")));
        if (who == "blue")
        {
            Volatile.Write(ref _blueAt, Stopwatch.GetTimestamp());
        }

        return who;
    }

    private Task AnswersAsync(HttpClient client, string who) =>
        Wait.UntilAsync($"{who} answering", TestCluster.Bound, async () => await WhoAsync(client) == who, CancellationToken.None);

    // Nobody hears of it any more: forty requests in a row go elsewhere.
    private async Task QuietAsync(HttpClient client, string who)
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
              ports: [{ name: http, port: 80, protocol: TCP, targetPort: {{EchoUpstream.Http1Port}} }]
            """;

    private string Blue(bool ready = true) => Endpoint(_blue.Address, "blue-1", ready);

    private string Green() => Endpoint(_green.Address, "green-1", true);

    private string Endpoint(string address, string pod, bool ready) =>
        $$"""{ addresses: [{{address}}], conditions: { ready: {{(
            ready ? "true" : "false"
        )}} }, targetRef: { kind: Pod, name: {{pod}}, namespace: {{_ns}} } }""";

    private string Slice(string name, params string[] endpoints) =>
        $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{name}}, namespace: {{_ns}}, labels: { kubernetes.io/service-name: shop } }
            addressType: IPv4
            ports: [{ name: http, port: {{EchoUpstream.Http1Port}} }]
            endpoints: [{{string.Join(", ", endpoints)}}]
            """;
}
