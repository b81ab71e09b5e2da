using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>gRPC libraries get only what all of them accept, and nothing they leave out hands calls to another rule.</summary>
public sealed class GrpcNodeTests
{
    private const string Host = "reviews.default.svc.cluster.local";
    private const string RouteName = "outbound|9080||" + Host;

    [Theory]
    [InlineData("default", "reviews", true)]
    [InlineData("other", "reviews", false)]
    [InlineData("other", "reviews.default", true)]
    [InlineData("other", "reviews.default.svc", true)]
    [InlineData("other", Host, true)]
    public void A_service_is_found_under_every_name_its_clients_may_use(string clientNamespace, string name, bool found)
    {
        var set = TestMesh.Generate(Reviews()).ResourcesFor(TestMesh.Grpc(clientNamespace));

        Assert.Equal(found, set.TryGet(TypeUrls.Listener, $"{name}:9080", out _));
        Assert.Equal(found, set.Routes(RouteName).VirtualHosts.Single().Domains.Contains($"{name}:9080"));
    }

    [Fact]
    public void Everything_a_listener_leads_to_is_there()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        "- route: [{destination: {host: reviews, subset: gone}, weight: 30}, {destination: {host: nobody}, weight: 70}]"
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        foreach (var name in set.Names(TypeUrls.Listener))
        {
            var manager = set.Listener(name).ApiListener.ApiListener_.Unpack<Pb.HttpConnectionManager>();
            Assert.Equal(ExtensionNames.Router, manager.HttpFilters[^1].Name);
            foreach (var route in set.Routes(manager.Rds.RouteConfigName).VirtualHosts.SelectMany(host => host.Routes))
            {
                foreach (var cluster in ClustersOf(route.Route_))
                {
                    Assert.Equal(Pb.Cluster.Types.DiscoveryType.Eds, set.Cluster(cluster).Type);
                    set.Endpoints(cluster);
                }
            }
        }
    }

    [Fact]
    public void A_missing_destination_fails_its_share_alone()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        "- route: [{destination: {host: reviews, port: {number: 9080}}, weight: 30}, {destination: {host: nobody, port: {number: 80}}, weight: 70}]"
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        var weighted = Assert.Single(Routes(set)).Route_.WeightedClusters;
        Assert.Equal(100u, weighted.TotalWeight);
        Assert.Equal(2, weighted.Clusters.Count);
        Assert.Empty(set.Endpoints("outbound|80||nobody.default.svc.cluster.local").Endpoints);
        Assert.Single(set.Endpoints(RouteName).Endpoints);
    }

    [Fact]
    public void A_rule_that_answers_by_itself_fails_its_calls_instead_of_passing_them_on()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - match: [{uri: {prefix: /old}}]
                            redirect: {uri: /new}
                          - match: [{uri: {prefix: /sorry}}]
                            directResponse: {status: 503}
                          - route: [{destination: {host: reviews}}]
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        Assert.Equal(["BlackHoleCluster", "BlackHoleCluster", RouteName], Routes(set).Select(route => route.Route_.Cluster));
        Assert.Equal(["/old", "/sorry", "/"], Routes(set).Select(route => route.Match.Prefix));
        Assert.Empty(set.Endpoints("BlackHoleCluster").Endpoints);
    }

    [Fact]
    public void What_a_call_cannot_meet_is_left_out_and_what_it_always_meets_is_not_asked()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - match: [{queryParams: {a: {exact: b}}}, {method: {exact: GET}}]
                            route: [{destination: {host: never}}]
                          - match: [{method: {regex: 'P.ST'}, headers: {x-user: {prefix: j}}}]
                            route: [{destination: {host: reviews}}]
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        var route = Routes(set)[0];
        Assert.Equal("x-user", Assert.Single(route.Match.Headers).Name);
        Assert.Equal("j", route.Match.Headers[0].PrefixMatch);
    }

    [Fact]
    public void An_absent_header_has_no_forbidden_value()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - match: [{withoutHeaders: {x-user: {exact: eve}}}]
                            route: [{destination: {host: reviews}}]
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        var headers = Routes(set).SkipLast(1).Select(route => Assert.Single(route.Match.Headers)).ToList();
        Assert.Equal(2, headers.Count);
        Assert.All(headers, header => Assert.True(header.InvertMatch));
        Assert.True(headers[0].PresentMatch);
        Assert.Equal("eve", headers[1].ExactMatch);
    }

    [Fact]
    public void Calls_that_no_rule_takes_fail_and_every_virtual_host_has_a_route()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - match: [{uri: {prefix: /shop.Reviews/}}]
                            route: [{destination: {host: reviews}}]
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        Assert.Equal([RouteName, ResourceNames.BlackHole], Routes(set).Select(route => route.Route_.Cluster));
        Assert.Null(Routes(set)[1].Route_.RetryPolicy);
    }

    [Fact]
    public void A_condition_on_the_authority_is_met_by_the_names_that_have_it()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - match: [{authority: {prefix: 'reviews.default:'}}]
                            directResponse: {status: 403}
                          - route: [{destination: {host: reviews}}]
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        var hosts = set.Routes(RouteName).VirtualHosts;
        Assert.Equal(2, hosts.Count);
        Assert.Equal(
            ["reviews.default:9080"],
            Assert.Single(hosts, host => host.Routes[0].Route_.Cluster == ResourceNames.BlackHole).Domains
        );
    }

    [Fact]
    public void Retries_and_times_are_said_in_the_words_the_libraries_know()
    {
        var set = TestMesh
            .Generate(
                Reviews()
                    + Rules(
                        """
                        - route: [{destination: {host: reviews}}]
                            timeout: 2s
                            retries: {attempts: 3, retryOn: '503,unavailable,reset'}
                        """
                    )
            )
            .ResourcesFor(TestMesh.Grpc());

        var action = Assert.Single(Routes(set)).Route_;
        Assert.Equal(Duration.FromTimeSpan(TimeSpan.FromSeconds(2)), action.MaxStreamDuration.MaxStreamDuration_);
        Assert.Null(action.Timeout);
        Assert.Equal("unavailable", action.RetryPolicy.RetryOn);
        Assert.Equal(3u, action.RetryPolicy.NumRetries);
    }

    [Fact]
    public void Switched_off_retries_are_no_policy_at_all()
    {
        var yaml = Reviews() + Rules("- route: [{destination: {host: reviews}}]\n    retries: {attempts: 0}");
        var resources = TestMesh.Generate(yaml);

        Assert.Null(Assert.Single(Routes(resources.ResourcesFor(TestMesh.Grpc()))).Route_.RetryPolicy);
        Assert.Null(resources.ResourcesFor(TestMesh.Sidecar("a")).Host("9080", $"{Host}:9080").Routes[0].Route_.RetryPolicy);
    }

    [Fact]
    public void The_balancer_is_one_that_every_library_takes()
    {
        var cluster = TestMesh.Generate(Reviews()).ResourcesFor(TestMesh.Grpc()).Cluster(RouteName);

        Assert.Equal(Pb.Cluster.Types.LbPolicy.RoundRobin, cluster.LbPolicy);
        var outer = Assert.Single(cluster.LoadBalancingPolicy.Policies).TypedExtensionConfig.TypedConfig.Unpack<Pb.WrrLocality>();
        Assert.Equal(
            [
                "type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest",
                "type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin",
            ],
            outer.EndpointPickingPolicy.Policies.Select(policy => policy.TypedExtensionConfig.TypedConfig.TypeUrl)
        );
        Assert.Equal(uint.MaxValue, Assert.Single(cluster.CircuitBreakers.Thresholds).MaxRequests);
    }

    private static RepeatedField<Pb.Route> Routes(ResourceSet set) => Assert.Single(set.Routes(RouteName).VirtualHosts).Routes;

    private static IEnumerable<string> ClustersOf(Pb.RouteAction action) =>
        action.WeightedClusters is { } weighted ? weighted.Clusters.Select(share => share.Name) : [action.Cluster];

    private static string Reviews() => TestMesh.Service("reviews", "default", "grpc", "127.1.0.1", "127.1.0.2");

    private static string Rules(string http) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: default}
            spec:
              hosts: [reviews]
              http:
              {{http}}

            """;
}
