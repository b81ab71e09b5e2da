using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class ConfigCompilerTests
{
    private static readonly string Reviews = ClusterOf("reviews.default.svc.cluster.local", 9080);
    private static readonly string Ratings = ClusterOf("ratings.default.svc.cluster.local", 9080);

    private static readonly CompileContext Redirect = new()
    {
        Capture = CaptureMode.Redirect,
        NodeAddress = IPAddress.Parse("10.0.0.7"),
        Application = null,
    };

    private static readonly CompileContext NoCapture = new()
    {
        Capture = CaptureMode.None,
        NodeAddress = IPAddress.Parse("127.0.7.1"),
        Application = IPAddress.Parse("127.0.7.2"),
    };

    [Fact]
    public void An_HTTP_port_is_found_for_every_address_and_routes_to_its_cluster()
    {
        var config = Compile(Shop());

        var listener = config.Outbound.Find(IPEndPoint.Parse("10.96.0.1:9080"))!;

        Assert.Equal("0.0.0.0_9080", listener.Name);
        Assert.Null(listener.Tcp);
        Assert.Same(config.Clusters[Reviews], ClusterIn(listener.Http!, "reviews"));
        Assert.Equal("reviews.default.svc.cluster.local", config.Clusters[Reviews].ServiceHost);
        Assert.Equal(IPEndPoint.Parse("10.0.0.1:9080"), Assert.Single(config.Clusters[Reviews].Endpoints).Address);
        Assert.Empty(config.Missing);
    }

    [Fact]
    public void A_TCP_service_has_its_address_for_itself_with_weights()
    {
        var weighted = new Pb.TcpProxy
        {
            WeightedClusters = new()
            {
                Clusters =
                {
                    new Pb.TcpProxy.Types.WeightedCluster.Types.ClusterWeight { Name = Reviews, Weight = 3 },
                    new Pb.TcpProxy.Types.WeightedCluster.Types.ClusterWeight { Name = Ratings, Weight = 1 },
                },
            },
        };
        var config = Compile(Shop().And(Listener("10.96.0.9_6379", "10.96.0.9", 6379, Chain(weighted, null))));

        var listener = config.Outbound.Find(IPEndPoint.Parse("10.96.0.9:6379"))!;

        Assert.Null(listener.Http);
        Assert.Equal([3u, 1u], listener.Tcp!.Destinations.Select(d => d.Weight));
        Assert.Same(config.Clusters[Ratings], listener.Tcp.Destinations[1].Cluster);
    }

    [Fact]
    public void An_undeclared_port_has_both_HTTP_and_TCP()
    {
        var config = Compile(Shop().And(Listener("10.96.0.9_80", "10.96.0.9", 80, HttpChain("9080", SniffedHttp()), TcpChain(Ratings))));

        var listener = config.Outbound.Find(IPEndPoint.Parse("10.96.0.9:80"))!;

        Assert.Equal("9080", listener.Http!.Name);
        Assert.Same(config.Clusters[Ratings], listener.Tcp!.Destinations[0].Cluster);
    }

    [Fact]
    public void What_nobody_knows_goes_where_it_was_going()
    {
        var config = Compile(Shop());

        var listener = config.Outbound.Find(IPEndPoint.Parse("192.0.2.1:443"))!;

        Assert.Equal(ResourceNames.VirtualOutbound, listener.Name);
        Assert.Equal(ClusterKind.OriginalDestination, listener.Tcp!.Destinations[0].Cluster!.Kind);
    }

    [Fact]
    public void A_listener_of_a_Sidecar_is_bound_by_the_proxy()
    {
        var egress = Listener("127.0.0.1_7000", "127.0.0.1", 7000, TcpChain(Ratings));
        egress.BindToPort = true;

        var config = Compile(Shop().And(egress));

        Assert.Equal(IPEndPoint.Parse("127.0.0.1:7000"), Assert.Single(config.Outbound.Bound).Address);
        Assert.Equal(ResourceNames.VirtualOutbound, config.Outbound.Find(IPEndPoint.Parse("127.0.0.1:7000"))!.Name);
    }

    [Fact]
    public void The_authority_finds_the_service_across_ports()
    {
        var config = Compile(Shop());

        var plan = config.Outbound.ByAuthority!.VirtualHosts;

        Assert.Contains(plan, h => h.Name == "reviews");
    }

    [Fact]
    public void Inbound_ports_go_to_the_application_and_the_rest_to_its_own_address()
    {
        var config = Compile(
            Shop()
                .And(
                    VirtualInbound(
                        "reviews-v1;default;reviews;v1;Kubernetes",
                        HttpChain(InboundRoutes(9080), OnPort(9080)),
                        HttpChain(InboundRoutes(7000), SniffedHttp(7000)),
                        TcpChain("inbound|7000||", OnPort(7000))
                    ),
                    OriginalDestination("inbound|9080||"),
                    OriginalDestination("inbound|7000||")
                )
        );

        var http = config.Inbound.Find(IPEndPoint.Parse("10.0.0.7:9080"))!;
        var both = config.Inbound.Find(IPEndPoint.Parse("10.0.0.7:7000"))!;

        Assert.True(http.Inbound);
        Assert.Null(http.Tcp);
        Assert.Equal(ClusterKind.Application, ClusterIn(http.Http!, "inbound|http|9080")!.Kind);
        Assert.NotNull(both.Http);
        Assert.Equal(ClusterKind.Application, both.Tcp!.Destinations[0].Cluster!.Kind);
        Assert.Equal(ResourceNames.InboundPassthrough, config.Inbound.Default!.Tcp!.Destinations[0].ClusterName);
        Assert.Equal(new WorkloadInfo("reviews-v1", "default", "reviews", "v1", "Kubernetes"), config.Self);
        Assert.Empty(config.Inbound.Bound);
    }

    [Fact]
    public void Without_capture_the_proxy_stands_on_the_nodes_address_at_each_inbound_port()
    {
        var set = Shop()
            .And(
                VirtualInbound(null, HttpChain(InboundRoutes(9080), OnPort(9080)), TcpChain("inbound|7000||", OnPort(7000))),
                OriginalDestination("inbound|9080||"),
                OriginalDestination("inbound|7000||")
            );

        var config = ConfigCompiler.Compile(set, null, NoCapture);

        Assert.Equal(["127.0.7.1:7000", "127.0.7.1:9080"], config.Inbound.Bound.Select(l => l.Address.ToString()).Order());
        Assert.Equal(2, config.Inbound.Bound.Select(l => l.Name).Distinct().Count());
        Assert.Equal(IPEndPoint.Parse("127.0.7.2:9080"), config.Clusters["inbound|9080||"].Endpoints[0].Address);
    }

    [Fact]
    public void Where_the_application_is_at_the_nodes_own_address_no_inbound_port_is_opened()
    {
        var set = Shop().And(VirtualInbound(null, HttpChain(InboundRoutes(9080), OnPort(9080))), OriginalDestination("inbound|9080||"));

        var config = ConfigCompiler.Compile(set, null, NoCapture with { Application = NoCapture.NodeAddress });

        Assert.Empty(config.Inbound.Bound);
    }

    [Fact]
    public void A_missing_cluster_fails_its_share_only()
    {
        var config = Compile(Shop().And(Routes("9080", Host("reviews", "reviews:9080", To((Reviews, 1), ("outbound|1||gone", 1))))));

        var shares = Forward(config, "reviews").Destinations.Destinations;

        Assert.NotNull(shares[0].Cluster);
        Assert.Null(shares[1].Cluster);
        Assert.Equal(["CDS outbound|1||gone"], config.Missing.ToArray());
    }

    [Fact]
    public void Missing_routes_answer_that_there_is_no_route()
    {
        var config = Compile(Shop().And(HttpPort(81)));

        Assert.Empty(config.Outbound.Find(IPEndPoint.Parse("10.96.0.1:81"))!.Http!.VirtualHosts);
        Assert.Equal(["RDS 81"], config.Missing.ToArray());
    }

    [Fact]
    public void Missing_endpoints_leave_nothing_to_pick()
    {
        var config = Compile(Shop().And(Eds("outbound|1||new")));

        var cluster = config.Clusters["outbound|1||new"];
        Assert.Equal(-1, cluster.Balancer.Pick(new(cluster)));
        Assert.Equal(["EDS outbound|1||new"], config.Missing.ToArray());
    }

    [Fact]
    public void A_changed_endpoint_compiles_one_cluster_and_keeps_the_rest_by_reference()
    {
        var set = Shop();
        var before = Compile(set);
        var changed = set.And(Endpoints(Reviews, ("10.0.0.1", 9080), ("10.0.0.2", 9080)));

        var after = ConfigCompiler.Compile(changed, before, Redirect);

        Assert.NotSame(before.Clusters[Reviews], after.Clusters[Reviews]);
        Assert.Same(before.Clusters[Ratings], after.Clusters[Ratings]);
        var (old, now) = (Table(before).VirtualHosts, Table(after).VirtualHosts);
        Assert.Same(old.Single(h => h.Name == "ratings"), now.Single(h => h.Name == "ratings"));
        Assert.Same(after.Clusters[Reviews], Forward(after, "reviews").Destinations.Destinations[0].Cluster);
        Assert.Same(before.Clusters[Reviews], Forward(before, "reviews").Destinations.Destinations[0].Cluster);
        Assert.Same(before.Outbound.Default, after.Outbound.Default);
        Assert.NotEqual(before.Version, after.Version);
    }

    [Fact]
    public void The_same_set_gives_the_same_pieces()
    {
        var set = Shop();
        var before = Compile(set);

        var after = ConfigCompiler.Compile(set, before, Redirect);

        Assert.Same(Table(before), Table(after));
        Assert.Same(before.Outbound.ByPort[9080], after.Outbound.ByPort[9080]);
        Assert.All(before.Clusters, c => Assert.Same(c.Value, after.Clusters[c.Key]));
        Assert.Equal(before.Version, after.Version);
    }

    [Fact]
    public void Counters_and_sequences_survive_a_swap()
    {
        var set = Shop().And(Routes("9080", Host("reviews", "reviews:9080", To((Reviews, 1), (Ratings, 1)))));
        var before = Compile(set);
        before.Clusters[Reviews].Endpoints[0].State.RequestStarted();
        var changed = set.And(
            Eds(Reviews, c => c.LbPolicy = Pb.Cluster.Types.LbPolicy.Random),
            Endpoints(Reviews, ("10.0.0.9", 9080), ("10.0.0.1", 9080)),
            Routes("9080", Host("reviews", "reviews:9080", To((Reviews, 3), (Ratings, 1))))
        );

        var after = ConfigCompiler.Compile(changed, before, Redirect);

        Assert.Same(before.Clusters[Reviews].State, after.Clusters[Reviews].State);
        Assert.Equal([0L, 1L], after.Clusters[Reviews].Endpoints.Select(e => e.State.TotalRequests));
        Assert.Same(Forward(before, "reviews").Destinations.State, Forward(after, "reviews").Destinations.State);
    }

    [Fact]
    public void A_cluster_that_speaks_another_protocol_starts_anew()
    {
        var set = Shop();
        var before = Compile(set);

        var after = ConfigCompiler.Compile(set.And(Eds(Reviews, c => c.Http2ProtocolOptions = new())), before, Redirect);

        Assert.Equal(UpstreamProtocol.Http2, after.Clusters[Reviews].Protocol);
        Assert.NotSame(before.Clusters[Reviews].State, after.Clusters[Reviews].State);
    }

    [Fact]
    public void Names_become_the_addresses_they_resolve_to()
    {
        var set = Set(Dns("outbound|443||api.example.com", "api.example.com", 8443));
        var before = Compile(set);
        Assert.Empty(before.Clusters["outbound|443||api.example.com"].Endpoints);
        ImmutableArray<IPAddress> found = [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("192.0.2.8"), IPAddress.IPv6Loopback];

        var after = ConfigCompiler.Compile(set, before, Redirect with { Dns = Redirect.Dns.SetItem("api.example.com", found) });

        var endpoints = after.Clusters["outbound|443||api.example.com"].Endpoints.Select(e => e.Address.ToString());
        Assert.Equal(["192.0.2.7:8443", "192.0.2.8:8443"], endpoints);
    }

    [Fact]
    public void Only_healthy_endpoints_of_the_best_priority_are_picked()
    {
        var assignment = Endpoints(Reviews, ("10.0.0.1", 9080), ("10.0.0.2", 9080));
        assignment.Endpoints[0].LbEndpoints[0].HealthStatus = Pb.HealthStatus.Unhealthy;
        assignment.Endpoints[0].LbEndpoints[1].HealthStatus = Pb.HealthStatus.Draining;
        assignment.Endpoints.Add(new Pb.LocalityLbEndpoints { Priority = 2, LbEndpoints = { Endpoint("10.0.0.4", 9080) } });
        assignment.Endpoints.Add(new Pb.LocalityLbEndpoints { Priority = 1, LbEndpoints = { Endpoint("10.0.0.3", 9080) } });

        var cluster = Compile(Shop().And(assignment)).Clusters[Reviews];

        Assert.Equal(4, cluster.Endpoints.Length);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("10.0.0.3:9080", cluster.Endpoints[cluster.Balancer.Pick(new(cluster))].Address.ToString());
        }
    }

    [Fact]
    public void What_was_asked_to_be_encrypted_is_not_sent_in_clear()
    {
        var config = Compile(Shop().And(Eds(Reviews, c => c.TransportSocket = new() { Name = ExtensionNames.Tls })));

        Assert.Equal(ClusterKind.BlackHole, config.Clusters[Reviews].Kind);
    }

    internal static XdsSet Shop() =>
        Set(
            VirtualOutbound(),
            OriginalDestination(ResourceNames.Passthrough),
            OriginalDestination(ResourceNames.InboundPassthrough),
            HttpPort(9080),
            Routes("9080", Host("reviews", "reviews:9080", To(Reviews)), Host("ratings", "ratings:9080", To(Ratings))),
            Eds(Reviews),
            Eds(Ratings),
            Endpoints(Reviews, ("10.0.0.1", 9080)),
            Endpoints(Ratings, ("10.0.1.1", 9080))
        );

    private static Pb.RouteConfiguration InboundRoutes(int port) =>
        Routes($"inbound|{port}||", Host($"inbound|http|{port}", "*", To($"inbound|{port}||")));

    private static ProxyConfig Compile(XdsSet set) => ConfigCompiler.Compile(set, null, Redirect);

    private static RouteTable Table(ProxyConfig config) => config.Outbound.ByPort[9080].Http!;

    private static RuleAction.Forward Forward(ProxyConfig config, string host) =>
        (RuleAction.Forward)Table(config).VirtualHosts.Single(h => h.Name == host).Rules[0].Action;

    private static Cluster? ClusterIn(RouteTable table, string host) =>
        ((RuleAction.Forward)table.VirtualHosts.Single(h => h.Name == host).Rules[0].Action).Destinations.Destinations[0].Cluster;
}
