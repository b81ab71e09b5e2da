using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.ControlPlane.Translation;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Tests.Sources.Kubernetes;

/// <summary>Objects and events that no well-behaved user or server would send: whoever sent them has the trouble, and nobody else.</summary>
public sealed class HostileClusterTests
{
    private static readonly KnownKind Kind = KnownKind.All.Single(kind => kind.Kind == Kinds.DestinationRule);
    private static readonly ApiResource Resource = new ClusterCollection(Kind, null, ListOptions.All).Resource("v1");

    [Fact]
    public async Task An_object_that_nests_deeper_than_any_kind_needs_is_refused_alone_and_named()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Rule("sound", "shop", "books"));
        cluster.Server.Put(Deep(Given.Rule("deep", "shop", "books")));
        await cluster.FollowAsync();
        var state = await cluster.ReadAsync();
        Assert.Equal(["sound"], state.Objects.Select(item => item.Key.Name));
        var problem = Assert.Single(state.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
        Assert.Equal("TooDeep", problem.Code);
        Assert.Equal(new ObjectKey(Kinds.DestinationRule, "shop", "deep"), problem.Object);
        Assert.True(problem.ObjectLocal);

        // As an event, too, and the events behind it.
        cluster.Server.Put(Deep(Given.Rule("deeper", "shop", "books")));
        cluster.Server.PutYaml(Given.Rule("later", "shop", "books"));
        await cluster.UntilAsync(now => now.Objects.Any(item => item.Key.Name == "later"));
    }

    [Fact]
    public async Task A_policy_that_cannot_be_read_at_all_closes_its_namespace_rather_than_leave_it_open()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.Put(
            Deep(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: { name: closed, namespace: shop }
                spec: { selector: { matchLabels: { app: books } }, rules: [] }
                """
            )
        );
        await cluster.FollowAsync();
        var state = await cluster.ReadAsync();
        var closed = Assert.Single(state.Objects);
        Assert.True(Assert.IsAssignableFrom<ISecuritySpec>(closed.Spec).IsRefused);
        Assert.Contains(state.Diagnostics, d => d.Definition == SourceCodes.ClosedByRefusal);
    }

    [Fact]
    public async Task An_object_of_megabytes_with_fields_that_nobody_knows_is_refused_and_told_in_few_words()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        var large = YamlObjects.Read(Given.Rule("large", "shop", "books")).Single();
        for (var i = 0; i < 3000; i++)
        {
            large["spec"]![$"unknown-{i}"] = new string('x', 500);
        }

        cluster.Server.Put(large);
        cluster.Server.PutYaml(Given.Rule("sound", "shop", "books"));
        await cluster.FollowAsync();
        var state = await cluster.ReadAsync();
        Assert.Equal(["sound"], state.Objects.Select(item => item.Key.Name));
        var refused = Assert.Single(cluster.Source.MeshObjects(), item => item.InForce is null);
        Assert.Equal(ClusterObject.MostProblems, state.Diagnostics.Count(d => d.Object == refused.Key));
        var status = Mesh.ControlPlane.Status.ObjectStatus.Next(
            default,
            1,
            refused.Diagnostics,
            isInForce: false,
            default,
            DateTimeOffset.UnixEpoch
        )!;
        Assert.InRange(status.Status.ToJsonString().Length, 1000, 10_000);
    }

    [Theory]
    [InlineData("\U0001F4D6")]
    [InlineData("\u007F\u0085\u009F")]
    [InlineData("\uFFFE\uFFFF")]
    [InlineData("\u2028 \u2029 \uFEFF")]
    [InlineData("\u0001\t\n---\n...")]
    public async Task Odd_characters_in_an_annotation_do_not_take_the_object_away(string odd)
    {
        await using var cluster = await ClusterHarness.StartAsync();
        var item = YamlObjects.Read(Given.Rule("rule", "shop", "books")).Single();
        item["metadata"]!["annotations"] = new JsonObject { ["note"] = odd, [new string('k', 2000)] = "long" };
        cluster.Server.Put(item);
        await cluster.FollowAsync();
        Assert.Equal(odd, Assert.Single((await cluster.ReadAsync()).Objects).Annotations["note"]);
    }

    [Fact]
    public void Events_that_come_twice_or_for_what_is_known_or_unknown_change_nothing()
    {
        var set = new ClusterSet();
        Assert.True(set.Apply(Kind, Seen("rule", "a", "1", 1)));
        var state = set.State;
        Assert.False(set.Apply(Kind, Seen("rule", "a", "1", 1)));
        Assert.False(set.Apply(Kind, Seen("rule", "a", "2", 1)));
        Assert.False(set.Remove(Kind, Seen("unknown", "b", "3", 1)));
        Assert.False(set.Replace(Kind, [Seen("rule", "a", "4", 1), Seen("rule", "a", "4", 1)]));
        Assert.Same(state, set.State);

        // An older version after a newer one, as a replica of the API server that lags may send it: the next event mends it.
        Assert.True(set.Apply(Kind, Seen("rule", "a", "6", 2)));
        Assert.True(set.Apply(Kind, Seen("rule", "a", "5", 1)));
        Assert.True(set.Apply(Kind, Seen("rule", "a", "6", 2)));
        Assert.Equal(2, Assert.Single(set.State.Objects).Generation);
    }

    [Fact]
    public void An_object_deleted_and_made_again_between_two_looks_is_another_one()
    {
        var set = new ClusterSet();
        set.Apply(Kind, Seen("rule", "a", "1", 1));
        Assert.True(set.Replace(Kind, [Seen("rule", "b", "9", 1, isSound: false)]));
        Assert.Empty(set.State.Objects);
        Assert.DoesNotContain(set.State.Diagnostics, d => d.Definition == SourceCodes.LastVersionInForce);
    }

    [Fact]
    public async Task A_namespace_deleted_and_made_again_is_followed_with_all_that_is_in_it()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        await cluster.FollowAsync();
        for (var i = 0; i < 3; i++)
        {
            cluster.Server.PutYaml("{ apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { istio-injection: enabled } } }");
            cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
            await cluster.UntilAsync(state => state.Objects.Length == 2);
            cluster.Server.Delete("networking.istio.io/v1", "DestinationRule", "shop", "rule");
            cluster.Server.Delete("v1", "Namespace", null, "shop");
            await cluster.UntilAsync(state => state.Objects.IsEmpty);
        }
    }

    [Fact]
    public void A_node_that_is_labelled_anew_moves_the_endpoints_on_it()
    {
        var documents = new[]
        {
            Given.Service("books", "shop"),
            """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: { name: books-1, namespace: shop, labels: { kubernetes.io/service-name: books } }
                addressType: IPv4
                ports: [{ name: http, port: 8080 }]
                endpoints: [{ addresses: [10.0.0.1], targetRef: { kind: Pod, name: books-1, namespace: shop } }]
                """,
            """
                apiVersion: v1
                kind: Pod
                metadata: { name: books-1, namespace: shop }
                spec: { nodeName: n1, containers: [{ name: app }] }
                status: { podIP: 10.0.0.1, phase: Running }
                """,
        };
        string Node(string zone) =>
            $"{{ apiVersion: v1, kind: Node, metadata: {{ name: n1, labels: {{ topology.kubernetes.io/region: r, topology.kubernetes.io/zone: {zone} }} }} }}";
        var objects = Given.Objects(string.Join("\n---\n", [.. documents, Node("z1")]));
        var first = Translator.Translate(objects, MeshSettings.Default);
        var moved = ObjectSet.From([.. objects.All.Where(item => item.Key.Kind != "Node"), .. Given.Parsed(Node("z2")).Objects], objects);
        var second = Translator.Translate(moved, MeshSettings.Default, first);
        Assert.Equal("z1", Assert.Single(Assert.Single(first.Snapshot.Services).Endpoints).Locality.Zone);
        Assert.Equal("z2", Assert.Single(Assert.Single(second.Snapshot.Services).Endpoints).Locality.Zone);
    }

    private static JsonObject Deep(string yaml)
    {
        var item = YamlObjects.Read(yaml).Single();
        JsonNode nested = new JsonArray();
        for (var i = 0; i < 500; i++)
        {
            nested = new JsonArray(nested);
        }

        item["spec"]!["nested"] = nested;
        return item;
    }

    private static KubernetesObject Seen(string name, string uid, string version, int generation, bool isSound = true)
    {
        var item = YamlObjects.Read(Given.Rule(name, "shop", "books")).Single();
        item["metadata"]!["uid"] = uid;
        item["metadata"]!["resourceVersion"] = version;
        item["metadata"]!["generation"] = generation;
        item["spec"]!["trafficPolicy"]!["loadBalancer"]!["simple"] = isSound ? "RANDOM" : "FASTEST";
        item["metadata"]!["labels"] = new JsonObject { ["generation"] = generation.ToString(CultureInfo.InvariantCulture) };
        return KubernetesObject.Read(Encoding.UTF8.GetBytes(item.ToJsonString()), Resource);
    }
}
