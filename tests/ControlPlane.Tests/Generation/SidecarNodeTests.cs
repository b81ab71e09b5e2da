using System.Text;
using Google.Protobuf;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.Xds;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>The corners of sidecar resources that a golden would bury.</summary>
public sealed class SidecarNodeTests
{
    [Fact]
    public void A_domain_stands_in_one_virtual_host_and_the_service_that_has_the_name_gets_it()
    {
        const string Entry = """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: clash, namespace: default}
            spec:
              hosts: [reviews.default]
              resolution: STATIC
              ports: [{number: 9080, name: http, protocol: HTTP}]
              endpoints: [{address: 127.1.0.7}]
            """;
        var set = TestMesh
            .Generate(TestMesh.Service("reviews", "default", "http", "127.1.0.1") + Entry)
            .ResourcesFor(TestMesh.Sidecar("client"));

        var domains = set.Routes("9080").VirtualHosts.SelectMany(host => host.Domains).ToList();
        Assert.Equal(domains.Distinct(), domains);
        Assert.Contains("reviews.default:9080", set.Host("9080", "reviews.default:9080").Domains);
    }

    [Fact]
    public void What_holds_for_a_namespace_holds_for_a_sidecar_whose_pod_nobody_knows_yet()
    {
        const string Strict = """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: strict, namespace: shop}
            spec: {mtls: {mode: STRICT}}
            """;
        var set = TestMesh.Generate(Strict).ResourcesFor(TestMesh.Sidecar("starting", "shop"));

        var inbound = set.Listener(ResourceNames.VirtualInbound);
        Assert.All(inbound.FilterChains, chain => Assert.NotNull(chain.TransportSocket));
        Assert.Null(inbound.DefaultFilterChain);
    }

    [Theory]
    [InlineData("AuthorizationPolicy", "{selector: {matchLabels: {app: till}}, rules: [{}]}")]
    [InlineData(
        "AuthorizationPolicy",
        "{selector: {matchLabels: {app: till}}, action: DENY, rules: [{to: [{operation: {ports: ['1']}}]}]}"
    )]
    [InlineData("PeerAuthentication", "{selector: {matchLabels: {app: till}}, mtls: {mode: STRICT}}")]
    [InlineData("PeerAuthentication", "{selector: {matchLabels: {app: till}}, portLevelMtls: {8080: {mode: STRICT}}}")]
    public void What_may_hold_for_a_sidecar_whose_pod_nobody_knows_yet_closes_it(string kind, string spec)
    {
        var made = TestMesh.Generate(
            $$$"""
            apiVersion: security.istio.io/v1
            kind: {{{kind}}}
            metadata: {name: p, namespace: shop}
            spec: {{{spec}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: other, namespace: shop, labels: {app: other}}
            spec: {}
            status: {podIP: 127.1.0.2}
            """
        );

        Assert.True(IsClosed(made.ResourcesFor(TestMesh.Sidecar("starting", "shop"))));
        Assert.False(IsClosed(made.ResourcesFor(TestMesh.Sidecar("starting", "elsewhere"))));
        Assert.False(IsClosed(made.ResourcesFor(TestMesh.Sidecar("other", "shop", "127.1.0.2"))));

        static bool IsClosed(ResourceSet set)
        {
            var inbound = set.Listener(ResourceNames.VirtualInbound);
            return Encoding.Latin1.GetString(inbound.ToByteArray()).Contains("policy[p]-rule[refused]", StringComparison.Ordinal)
                || (inbound.DefaultFilterChain is null && inbound.FilterChains.All(chain => chain.TransportSocket is not null));
        }
    }

    [Fact]
    public void The_pods_of_a_headless_service_can_be_dialled_by_name()
    {
        var set = TestMesh
            .Generate(TestMesh.Service("reviews", "default", "http", "127.1.0.1"))
            .ResourcesFor(TestMesh.Sidecar("client", "other"));

        var domains = set.Host("9080", "reviews.default.svc.cluster.local:9080").Domains;
        Assert.Contains("*.reviews.default.svc.cluster.local:9080", domains);
        Assert.DoesNotContain("reviews", domains);
    }

    [Fact]
    public void A_destination_without_a_port_follows_the_port_that_was_dialled()
    {
        const string Objects = """
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: default}
            spec:
              ports: [{name: http-a, port: 9080}, {name: http-b, port: 9090}]
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: default}
            spec:
              hosts: [reviews]
              http:
              - route: [{destination: {host: reviews}}]
            """;
        var resources = TestMesh.Generate(Objects);
        var sidecar = resources.ResourcesFor(TestMesh.Sidecar("client"));
        var library = resources.ResourcesFor(TestMesh.Grpc());

        foreach (var port in new[] { 9080, 9090 })
        {
            var cluster = ResourceNames.Outbound(port, "reviews.default.svc.cluster.local");
            Assert.Equal(cluster, sidecar.Host($"{port}", $"reviews.default.svc.cluster.local:{port}").Routes[0].Route_.Cluster);
            Assert.Equal(cluster, library.Routes(cluster).VirtualHosts[0].Routes[0].Route_.Cluster);
        }
    }

    [Fact]
    public void A_rule_whose_meaning_is_unknown_answers_with_the_reason()
    {
        var snapshot = TestMesh.Snapshot(TestMesh.Service("reviews", "default", "http", "127.1.0.1"));
        var source = new SourceRef("VirtualService", "default", "r", "r.yaml", 3);
        var rule = new Rule("", [], new RuleAction.Invalid("because"), HeaderOperations.None, HeaderOperations.None, source);
        var routes = new RouteSet(
            "default",
            "r",
            ["reviews.default.svc.cluster.local"],
            [],
            true,
            [rule],
            [],
            Visibility.Public,
            null,
            source
        );

        var set = new ResourceGenerator().Generate(snapshot with { Routes = [routes] }, 0).ResourcesFor(TestMesh.Sidecar("client"));

        var answer = set.Host("9080", "reviews.default.svc.cluster.local:9080").Routes[0].DirectResponse;
        Assert.Equal((500u, "because"), (answer.Status, answer.Body.InlineString));
    }

    [Fact]
    public void Endpoint_weights_fit_the_wire_whatever_was_written()
    {
        var snapshot = TestMesh.Snapshot(TestMesh.Service("reviews", "default", "http", "127.1.0.1", "127.1.0.2", "127.1.0.3"));
        var service = snapshot.Services[0];
        var heavy = service with
        {
            Endpoints =
            [
                .. service.Endpoints.Select((endpoint, i) => endpoint with { Weight = i == 0 ? 0 : uint.MaxValue }),
                service.Endpoints[0],
            ],
        };

        var set = new ResourceGenerator().Generate(snapshot with { Services = [heavy] }, 0).ResourcesFor(TestMesh.Sidecar("client"));

        var locality = Assert.Single(set.Endpoints("outbound|9080||reviews.default.svc.cluster.local").Endpoints);
        Assert.Equal(3, locality.LbEndpoints.Count);
        Assert.All(locality.LbEndpoints, endpoint => Assert.True(endpoint.LoadBalancingWeight >= 1));
        Assert.Equal(locality.LoadBalancingWeight, (uint)locality.LbEndpoints.Sum(endpoint => endpoint.LoadBalancingWeight!.Value));
    }

    [Fact]
    public void A_node_is_found_by_its_address_where_its_name_is_unknown_and_replicas_share_everything()
    {
        const string Pods = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: default}
            spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web-1, namespace: default, labels: {app: web}}
            spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}
            status: {podIP: 127.1.0.1}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web-2, namespace: default, labels: {app: web}}
            spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}
            status: {podIP: 127.1.0.2}
            """;
        var resources = TestMesh.Generate(Pods);

        var named = resources.ResourcesFor(TestMesh.Sidecar("web-1"));
        var addressed = resources.ResourcesFor(TestMesh.Sidecar("renamed", ip: "127.1.0.2"));
        var unknown = resources.ResourcesFor(TestMesh.Sidecar("nobody"));

        Assert.Contains("inbound|8080||", named.Names(TypeUrls.Cluster));
        Assert.Contains("inbound|8080||", addressed.Names(TypeUrls.Cluster));
        Assert.DoesNotContain("inbound|8080||", unknown.Names(TypeUrls.Cluster));
        Assert.Same(named.Of(TypeUrls.Route), unknown.Of(TypeUrls.Route));
        Assert.Same(named.Of(TypeUrls.Cluster), addressed.Of(TypeUrls.Cluster));
    }
}
