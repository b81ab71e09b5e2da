using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.ControlPlane.Tests.Translation;

namespace Mesh.ControlPlane.Tests.Sources.Kubernetes;

/// <summary>A cluster as the control plane sees it: when it may speak, what it keeps, what it does not notice.</summary>
public sealed class KubernetesSourceTests
{
    private const string Closed = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: { name: closed, namespace: shop }
        spec: { rules: [{ from: [{ source: { nameSpaces: [web] } }] }] }
        """;

    [Fact]
    public async Task Objects_that_come_change_and_go_are_noticed()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Service("books", "shop"));
        await cluster.FollowAsync();
        Assert.Equal(["books"], Names(await cluster.ReadAsync()));

        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["rule", "books"]));
        cluster.Server.Delete("v1", "Service", "shop", "books");
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["rule"]));
    }

    [Fact]
    public async Task Nothing_is_read_before_the_last_list_is_in()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Service("books", "shop"));
        cluster.Server.Faults.FailPath = ("/virtualservices", 500);
        await cluster.FollowAsync();
        var reading = cluster.ReadAsync();
        await Until(() =>
            cluster.Server.Watches >= 6 && cluster.Server.Requests.Any(one => one.Contains("/virtualservices", StringComparison.Ordinal))
        );
        Assert.False(reading.IsCompleted);

        cluster.Server.Faults.FailPath = null;
        Assert.Equal(["books"], Names(await reading));
    }

    [Fact]
    public async Task A_kind_that_the_cluster_does_not_have_holds_nobody_up_and_is_followed_once_it_is_there()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Service("books", "shop"));
        cluster.Server.Absent["destinationrules"] = true;
        cluster.Server.Absent["authorizationpolicies"] = true;
        cluster.Server.Absent["peerauthentications"] = true;
        cluster.Server.Absent["requestauthentications"] = true;
        await cluster.FollowAsync();
        Assert.Equal(["books"], Names(await cluster.ReadAsync()));

        cluster.Server.Absent.Clear();
        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
        await cluster.UntilAsync(state => Names(state).Contains("rule"));
    }

    [Fact]
    public async Task Slices_of_a_cluster_from_before_their_first_version_are_followed_in_the_one_it_has()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.MinorVersion = 20;
        const string Slice = """
            apiVersion: discovery.k8s.io/v1beta1
            kind: EndpointSlice
            metadata: { name: books-1, namespace: shop, labels: { kubernetes.io/service-name: books } }
            addressType: IPv4
            endpoints: [{ addresses: [10.0.0.7], topology: { topology.kubernetes.io/zone: east } }]
            """;
        cluster.Server.PutYaml(Slice);
        await cluster.FollowAsync();
        var slice = Assert.Single((await cluster.ReadAsync()).Objects.OfType<ConfigObject<EndpointSliceSpec>>());
        Assert.Equal("east", slice.Spec.Endpoints[0].Zone);

        cluster.Server.PutYaml(Slice.Replace("books-1", "books-2", StringComparison.Ordinal));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["books-1", "books-2"]));
    }

    [Fact]
    public async Task A_kind_whose_version_goes_is_followed_in_the_one_that_is_left()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        const string Slice = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: books-1, namespace: shop, labels: { kubernetes.io/service-name: books } }
            addressType: IPv4
            endpoints: [{ addresses: [10.0.0.7] }]
            """;
        cluster.Server.MinorVersion = 20;
        cluster.Server.Faults.EventsPerWatch = 1;
        await cluster.FollowAsync();
        Assert.Empty(Names(await cluster.ReadAsync()));
        cluster.Server.PutYaml(Slice.Replace("/v1", "/v1beta1", StringComparison.Ordinal));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["books-1"]));

        // The cluster is upgraded; the watch ends, and the next one is of a version that is no more.
        cluster.Server.MinorVersion = 32;
        cluster.Server.PutYaml(Slice.Replace("books-1", "books-2", StringComparison.Ordinal));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["books-1", "books-2"]));
        cluster.Server.PutYaml(Slice.Replace("books-1", "books-3", StringComparison.Ordinal));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["books-1", "books-2", "books-3"]));
        Assert.Equal("v1", cluster.Source.ResourceOf("EndpointSlice")!.Version);
    }

    [Fact]
    public async Task Status_versions_and_heartbeats_change_nothing()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
        cluster.Server.PutYaml("{ apiVersion: v1, kind: Node, metadata: { name: n1, labels: { a: b } } }");
        await cluster.FollowAsync();
        var before = await cluster.ReadAsync();
        foreach (var (kind, path) in new[] { ("DestinationRule", "networking.istio.io/v1"), ("Node", "v1") })
        {
            var item = cluster.Server.Find(path, kind, kind == "Node" ? null : "shop", kind == "Node" ? "n1" : "rule")!;
            var resource =
                kind == "Node"
                    ? new Mesh.Kubernetes.ApiResource("", "v1", "nodes", "Node", Namespaced: false)
                    : new Mesh.Kubernetes.ApiResource("networking.istio.io", "v1", "destinationrules", "DestinationRule");
            await cluster.Client.MergePatchAsync(
                resource,
                (string?)item["metadata"]!["namespace"],
                (string)item["metadata"]!["name"]!,
                """{"status":{"conditions":[{"type":"Seen","status":"True"}]}}"""u8.ToArray(),
                "status"
            );
        }

        await Until(() => cluster.Source.MeshObjects().Any(item => item.Status.Length > 0));
        Assert.Same(before, await cluster.ReadAsync());
        Assert.False(cluster.Source.WaitForSignalAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task A_broken_object_keeps_its_last_version_and_one_that_restricts_and_never_was_sound_closes()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
        cluster.Server.PutYaml(Closed);
        await cluster.FollowAsync();
        var before = await cluster.ReadAsync();
        Assert.Equal(["closed", "rule"], Names(before));
        Assert.Contains(before.Diagnostics, diagnostic => diagnostic.Definition == SourceCodes.ClosedByRefusal);

        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books").Replace("RANDOM", "NO_SUCH_WAY", StringComparison.Ordinal));
        var after = await cluster.UntilAsync(state => state.Diagnostics.Any(d => d.Definition == SourceCodes.LastVersionInForce));
        Assert.Same(before.Objects[1], after.Objects[1]);

        // Another object of the same name has no version before.
        cluster.Server.Delete("networking.istio.io/v1", "DestinationRule", "shop", "rule");
        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books").Replace("RANDOM", "NO_SUCH_WAY", StringComparison.Ordinal));
        await cluster.UntilAsync(state => Names(state).SequenceEqual(["closed"]));
    }

    [Fact]
    public void What_does_not_matter_is_left_out_of_an_object()
    {
        var trimmed = TrimmedObject.Of(
            """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","generation":7,"resourceVersion":"9","managedFields":[{"manager":"m"}]},
             "spec":{"nodeName":"n"},"status":{"podIP":"10.0.0.1","containerStatuses":[{"restartCount":3}],"phase":"Running"}}
            """u8,
            "Pod",
            isMeshKind: false
        );
        Assert.Equal(
            """{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","generation":7},"spec":{"nodeName":"n"},"status":{"podIP":"10.0.0.1","phase":"Running"}}""",
            trimmed.ToString()
        );
        Assert.Equal((7, 0), (trimmed.Generation, trimmed.Status.Length));
        var rule = TrimmedObject.Of("""{"kind":"VirtualService","status":{"a":[1]},"spec":{}}"""u8, "VirtualService", isMeshKind: true);
        Assert.Equal("""{"kind":"VirtualService","spec":{}}""", rule.ToString());
        Assert.Equal("""{"a":[1]}""", System.Text.Encoding.UTF8.GetString(rule.Status.Span));
    }

    [Fact]
    public async Task Secrets_and_other_ConfigMaps_are_not_asked_for()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        await cluster.FollowAsync();
        await cluster.ReadAsync();
        Assert.DoesNotContain(cluster.Server.Requests, one => one.Contains("/secrets", StringComparison.Ordinal));
        Assert.All(
            cluster.Server.Requests.Where(one => one.Contains("/configmaps", StringComparison.Ordinal)),
            one => Assert.Matches("/namespaces/istio-system/configmaps[?].*fieldSelector=metadata.name%3Distio(&|$)", one)
        );
    }

    private static IEnumerable<string> Names(SourceState state) => state.Objects.Select(item => item.Key.Name);

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(ClusterHarness.Bound);
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
