using System.Collections.Immutable;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.Xds;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>What a change costs: nothing that it does not touch is built, sent or held twice.</summary>
public sealed class SharingTests
{
    private const int ServiceCount = 200;
    private const int NodeCount = 50;

    private static readonly ImmutableArray<NodeInfo> Nodes =
    [
        .. Enumerable.Range(0, NodeCount).Select(i => TestMesh.Sidecar($"client-{i}", i % 2 == 0 ? "shop" : "stock", $"127.3.0.{i + 1}")),
    ];

    [Fact]
    public void Nodes_of_a_namespace_share_every_resource_by_reference()
    {
        var resources = new ResourceGenerator().Generate(Mesh(), 0);

        var first = resources.ResourcesFor(Nodes[0]);

        Assert.True(first.Count > 2 * ServiceCount);
        foreach (var node in Nodes.Where(node => node.Namespace == "shop"))
        {
            Assert.Same(first, resources.ResourcesFor(node));
        }
    }

    [Fact]
    public void Namespaces_share_what_does_not_name_them()
    {
        var resources = new ResourceGenerator().Generate(Mesh(), 0);

        var (shop, stock) = (resources.ResourcesFor(Nodes[0]), resources.ResourcesFor(Nodes[1]));

        Assert.Same(shop.Of(TypeUrls.Cluster), stock.Of(TypeUrls.Cluster));
        Assert.Same(shop.Of(TypeUrls.Endpoints), stock.Of(TypeUrls.Endpoints));
        Assert.Same(shop.Of(TypeUrls.Listener), stock.Of(TypeUrls.Listener));
        Assert.NotEqual(shop.Of(TypeUrls.Route), stock.Of(TypeUrls.Route));
    }

    [Fact]
    public void An_endpoint_change_changes_the_endpoints_of_its_service_and_nothing_else()
    {
        var generator = new ResourceGenerator();
        var mesh = Mesh();
        var before = generator.Generate(mesh, 0);
        var sets = Nodes.Select(before.ResourcesFor).ToList();
        var builds = generator.Memo.Builds;

        var changed = mesh.Services[7] with { Endpoints = [Endpoint("127.1.7.1"), Endpoint("127.1.7.2")] };
        var after = generator.Generate(mesh with { Services = mesh.Services.SetItem(7, changed) }, 0);

        foreach (var (node, old) in Nodes.Zip(sets))
        {
            var set = after.ResourcesFor(node);
            Assert.Same(old.Of(TypeUrls.Cluster), set.Of(TypeUrls.Cluster));
            Assert.Same(old.Of(TypeUrls.Listener), set.Of(TypeUrls.Listener));
            Assert.Same(old.Of(TypeUrls.Route), set.Of(TypeUrls.Route));
            var different = set.Of(TypeUrls.Endpoints)
                .All.Where((resource, i) => !ReferenceEquals(resource, old.Of(TypeUrls.Endpoints).All[i]));
            Assert.Equal($"outbound|9080||{changed.Host}", Assert.Single(different).Name);
        }

        Assert.Equal(builds + 1, generator.Memo.Builds);
    }

    [Fact]
    public void A_snapshot_of_equal_copies_gives_the_same_resources_by_reference()
    {
        var generator = new ResourceGenerator();
        var first = generator.Generate(Mesh(), 0).ResourcesFor(Nodes[0]);

        var second = generator.Generate(Mesh(), 0).ResourcesFor(Nodes[0]);

        Assert.Same(first, second);
    }

    [Fact]
    public void Versions_do_not_depend_on_the_order_of_the_input()
    {
        var random = new Random(20);
        var mesh = Mesh();
        var sets = Nodes.Select(new ResourceGenerator().Generate(mesh, 0).ResourcesFor).ToList();

        var shuffled = mesh with
        {
            Services =
            [
                .. Shuffled(mesh.Services, random).Select(service => service with { Endpoints = [.. Shuffled(service.Endpoints, random)] }),
            ],
            Workloads = [.. Shuffled(mesh.Workloads, random)],
            Routes = [.. Shuffled(mesh.Routes, random)],
        };

        Assert.Equal(sets, Nodes.Select(new ResourceGenerator().Generate(shuffled, 0).ResourcesFor));
    }

    [Fact]
    public void However_the_mesh_changes_memory_changes_nothing()
    {
        const int Few = 6;
        var random = new Random(31);
        var generator = new ResourceGenerator();
        ImmutableArray<NodeInfo> nodes = [TestMesh.Sidecar("a", "shop"), TestMesh.Sidecar("b", "stock"), TestMesh.Grpc("shop")];
        for (var round = 0; round < 150; round++)
        {
            var yaml = string.Join("\n---\n", Enumerable.Range(0, Few).Where(_ => random.Next(8) > 0).SelectMany(i => Objects(i, random)));
            var mesh = TestMesh.Snapshot(yaml);
            var remembering = generator.Generate(mesh, 0);
            var fresh = new ResourceGenerator().Generate(mesh, 0);

            Assert.All(nodes, node => Assert.Equal(fresh.ResourcesFor(node), remembering.ResourcesFor(node)));
        }
    }

    // Texts of a few kinds, so that the same come again in other company.
    private static IEnumerable<string> Objects(int i, Random random)
    {
        yield return TestMesh.Service($"s{i}", i % 2 == 0 ? "shop" : "stock", "http", [$"127.1.0.{random.Next(1, 3)}"]);
        if (random.Next(3) > 0)
        {
            yield return $$"""
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: { name: v{{i}}, namespace: {{(i % 2 == 0 ? "shop" : "stock")}} }
                spec:
                  hosts: [s{{i}}]
                  http:
                    - match: [{uri: {prefix: /{{random.Next(2)}}}, sourceNamespace: {{(random.Next(2) == 0 ? "shop" : "stock")}} }]
                      route: [{destination: {host: s{{random.Next(6)}}.shop.svc.cluster.local } }]
                    - route: [{destination: {host: s{{i}} } }]
                """;
        }

        if (random.Next(2) == 0)
        {
            var host = random.Next(4) == 0 ? "\"*.shop.svc.cluster.local\"" : $"s{i}.{(i % 2 == 0 ? "shop" : "stock")}.svc.cluster.local";
            var hash = random.Next(2) == 0 ? "{consistentHash: {httpHeaderName: x-user}}" : "{simple: RANDOM}";
            yield return $$"""
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: { name: d{{i}}, namespace: {{(random.Next(2) == 0 ? "shop" : "stock")}} }
                spec: {host: {{host}}, trafficPolicy: {loadBalancer: {{hash}} } }
                """;
        }
    }

    [Fact]
    public void What_no_node_asks_for_is_forgotten_after_some_snapshots()
    {
        var generator = new ResourceGenerator();
        var first = generator.Generate(Mesh(), 0).ResourcesFor(Nodes[0]);
        for (var i = 0; i < 20; i++)
        {
            generator.Generate(MeshSnapshot.Empty, 0);
        }

        var again = generator.Generate(Mesh(), 0).ResourcesFor(Nodes[0]);

        Assert.NotSame(first, again);
        Assert.Equal(first, again);
    }

    [Fact]
    public void A_changed_rule_changes_the_routes_of_its_port_only()
    {
        var generator = new ResourceGenerator();
        var mesh = Mesh();
        var before = generator.Generate(mesh, 0).ResourcesFor(Nodes[0]);

        var rules = mesh.Routes[0] with { Http = [mesh.Routes[0].Http[0] with { Action = new RuleAction.DirectResponse(418, []) }] };
        var after = generator.Generate(mesh with { Routes = [rules, .. mesh.Routes[1..]] }, 0).ResourcesFor(Nodes[0]);

        Assert.Same(before.Of(TypeUrls.Cluster), after.Of(TypeUrls.Cluster));
        Assert.Same(before.Of(TypeUrls.Listener), after.Of(TypeUrls.Listener));
        Assert.Same(before.Of(TypeUrls.Endpoints), after.Of(TypeUrls.Endpoints));
        Assert.NotEqual(before.Of(TypeUrls.Route), after.Of(TypeUrls.Route));
    }

    private static T[] Shuffled<T>(ImmutableArray<T> items, Random random)
    {
        var copy = items.ToArray();
        random.Shuffle(copy);
        return copy;
    }

    private static ServiceEndpoint Endpoint(string address) =>
        new(9080, address, 8080, 1, EndpointHealth.Healthy, Locality.Unknown, Labels.Empty, null);

    private static MeshSnapshot Mesh()
    {
        var source = new SourceRef("Service", "shop", "s", "s.yaml", 1);
        var services = Enumerable
            .Range(0, ServiceCount)
            .Select(i => new Service(
                $"s{i:d3}.shop.svc.cluster.local",
                "shop",
                ServiceOrigin.Kubernetes,
                ServiceResolution.Endpoints,
                [],
                [$"10.1.0.{i}"],
                [new(9080, "http", i % 10 == 0 ? PortProtocol.Tcp : PortProtocol.Http)],
                [Endpoint($"127.1.{i}.1"), Endpoint($"127.1.{i}.3"), Endpoint($"127.1.{i}.2")],
                Visibility.Public,
                source
            ));
        var routes = Enumerable
            .Range(1, 9)
            .Select(i => new RouteSet(
                "shop",
                $"r{i}",
                [$"s{i:d3}.shop.svc.cluster.local"],
                [],
                true,
                [
                    new(
                        "",
                        [],
                        new RuleAction.Forward(
                            [
                                new($"s{i:d3}.shop.svc.cluster.local", "", 9080, 1, HeaderOperations.None, HeaderOperations.None, null),
                                new("s011.shop.svc.cluster.local", "", 9080, 2, HeaderOperations.None, HeaderOperations.None, null),
                            ],
                            null,
                            null,
                            null,
                            null
                        ),
                        HeaderOperations.None,
                        HeaderOperations.None,
                        source
                    ),
                ],
                [],
                Visibility.Public,
                null,
                source
            ));
        return MeshSnapshot.Empty with { Services = [.. services], Routes = [.. routes] };
    }
}
