using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Leases;
using Mesh.Kubernetes.Watching;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>What the client takes an API server to do, asked of a server; with <c>MESH_TEST_KUBECONFIG</c> of a real one.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class ApiTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly ApiResource Rules = TestCluster.Resource("DestinationRule");

    private readonly CancellationTokenSource _stopping = new();
    private TestCluster _cluster = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _ns = await _cluster.NamespaceAsync();
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _cluster.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_replacement_of_an_older_version_is_a_conflict_and_a_second_creation_none_of_versions()
    {
        var first = await _cluster.Client.CreateAsync(Rules, _ns, TestCluster.Bytes(Rule("one")));
        await _cluster.ApplyAsync(Rule("one", "RANDOM").ToJsonString());
        var old = await Assert.ThrowsAsync<ApiException>(() => _cluster.Client.ReplaceAsync(Rules, _ns, "one", first.Json));
        Assert.True(old.Status.IsConflict);
        var again = await Assert.ThrowsAsync<ApiException>(() => _cluster.Client.CreateAsync(Rules, _ns, TestCluster.Bytes(Rule("one"))));
        Assert.Equal((409, false), (again.Status.Code, again.Status.IsConflict));
        Assert.False(await _cluster.Client.DeleteAsync(Rules, _ns, "none"));
    }

    [Fact]
    public async Task A_value_that_a_definition_does_not_list_is_refused_by_the_server_itself_and_an_unknown_field_is_kept()
    {
        var refused = await Assert.ThrowsAsync<ApiException>(() => _cluster.ApplyAsync(Rule("one", "FASTEST").ToJsonString()));
        Assert.Equal((422, "Invalid"), (refused.Status.Code, refused.Status.Reason));
        Assert.Contains(
            """spec.trafficPolicy.loadBalancer.simple: Unsupported value: "FASTEST": supported values: "UNSPECIFIED",""",
            refused.Status.Message,
            StringComparison.Ordinal
        );
        var odd = Rule("one");
        odd["spec"]!["hosst"] = "books";
        await _cluster.ApplyAsync(odd.ToJsonString());
        Assert.Equal("books", (string?)(await _cluster.FindAsync("DestinationRule", _ns, "one"))!["spec"]!["hosst"]);
    }

    [Fact]
    public async Task The_status_is_patched_apart_from_the_spec_and_only_over_the_version_named()
    {
        var made = await _cluster.Client.CreateAsync(Rules, _ns, TestCluster.Bytes(Rule("one")));
        var patch =
            $$$"""{"metadata":{"resourceVersion":"{{{made.ResourceVersion}}}"},"spec":{"host":"other"},"status":{"conditions":[{"type":"Seen","status":"True"}]}}""";
        var patched = await PatchStatusAsync(patch);
        Assert.NotEqual(made.ResourceVersion, patched.ResourceVersion);
        var now = (await _cluster.FindAsync("DestinationRule", _ns, "one"))!;
        Assert.Equal("one.test", (string?)now["spec"]!["host"]);
        Assert.Equal("Seen", (string?)now["status"]!["conditions"]![0]!["type"]);
        Assert.Equal(1, (int)now["metadata"]!["generation"]!);
        Assert.True((await Assert.ThrowsAsync<ApiException>(() => PatchStatusAsync(patch))).Status.IsConflict);

        // The same again makes no version, and no event.
        var same = await PatchStatusAsync("""{"status":{"conditions":[{"type":"Seen","status":"True"}]}}""");
        Assert.Equal(patched.ResourceVersion, same.ResourceVersion);
    }

    [Fact]
    public async Task A_copy_follows_what_comes_changes_and_goes_through_pages_and_watch()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _cluster.ApplyAsync(Rule($"r{i:D2}").ToJsonString())));
        var copy = new Names();
        var running = new ResourceWatcher(
            _cluster.Client,
            Rules,
            _ns,
            new ListOptions("suite=api"),
            copy,
            TimeProvider.System,
            new Random(5)
        ).RunAsync(_stopping.Token);
        await copy.UntilAsync(names => names.Length == 20);
        await _cluster.ApplyAsync(Rule("extra").ToJsonString());
        await copy.UntilAsync(names => names.Length == 21);
        await _cluster.DeleteAsync("DestinationRule", _ns, "extra");
        await copy.UntilAsync(names => names.Length == 20);

        // An object that no longer matches the selector is gone for who asked by it.
        var other = Rule("r07");
        other["metadata"]!["labels"]!["suite"] = "other";
        await _cluster.ApplyAsync(other.ToJsonString());
        await copy.UntilAsync(names => !names.Contains("r07"));
        await _stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task One_of_three_leads_and_another_takes_over_when_it_ends()
    {
        var times = new LeaseTimes(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(200));
        var electors = Enumerable
            .Range(0, 3)
            .Select(i => new LeaderElector(_cluster.Client, _ns, "leader", $"candidate-{i}", times, TimeProvider.System))
            .ToArray();
        var stops = electors.Select(_ => CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token)).ToArray();
        var runs = electors.Select((elector, i) => elector.RunAsync(stops[i].Token)).ToArray();
        await UntilAsync(() => electors.Count(elector => elector.Leads) == 1);
        var first = Array.FindIndex(electors, elector => elector.Leads);
        await stops[first].CancelAsync();
        await runs[first];
        await UntilAsync(() => electors.Count(elector => elector.Leads) == 1 && !electors[first].Leads);
        await _stopping.CancelAsync();
        await Task.WhenAll(runs);
        Array.ForEach(stops, stop => stop.Dispose());
    }

    private Task<KubernetesObject> PatchStatusAsync(string patch) =>
        _cluster.Client.MergePatchAsync(Rules, _ns, "one", System.Text.Encoding.UTF8.GetBytes(patch), "status");

    private JsonObject Rule(string name, string balancer = "ROUND_ROBIN") =>
        new()
        {
            ["apiVersion"] = "networking.istio.io/v1",
            ["kind"] = "DestinationRule",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = _ns,
                ["labels"] = new JsonObject { ["suite"] = "api" },
            },
            ["spec"] = new JsonObject
            {
                ["host"] = $"{name}.test",
                ["trafficPolicy"] = new JsonObject { ["loadBalancer"] = new JsonObject { ["simple"] = balancer } },
            },
        };

    private static Task UntilAsync(Func<bool> condition) =>
        Cli.Processes.Wait.UntilAsync("the leader", TestCluster.Bound, () => Task.FromResult(condition()), CancellationToken.None);

    /// <summary>The names in a copy.</summary>
    private sealed class Names : IResourceObserver
    {
        private readonly Lock _gate = new();
        private readonly HashSet<string> _names = [];

        public void Replace(IReadOnlyList<KubernetesObject> all)
        {
            lock (_gate)
            {
                _names.Clear();
                _names.UnionWith(all.Select(item => item.Name));
            }
        }

        public void Apply(KubernetesObject changed)
        {
            lock (_gate)
            {
                _names.Add(changed.Name);
            }
        }

        public void Remove(KubernetesObject gone)
        {
            lock (_gate)
            {
                _names.Remove(gone.Name);
            }
        }

        public void Report(string? problem) => Assert.Null(problem);

        public Task UntilAsync(Func<string[], bool> condition) =>
            ApiTests.UntilAsync(() =>
            {
                lock (_gate)
                {
                    return condition([.. _names]);
                }
            });
    }
}
