using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Delivery;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

public sealed class NodeInfoTests
{
    [Fact]
    public void A_sidecars_id_says_who_it_is()
    {
        var node = NodeInfo.Parse(new Pb.Node { Id = "sidecar~10.0.0.7~reviews.v1.shop~shop.svc.cluster.local" });

        Assert.Equal(NodeKind.Sidecar, node.Kind);
        Assert.Equal(("reviews.v1", "shop", "10.0.0.7"), (node.PodName, node.Namespace, node.Ip));
        Assert.Equal("shop.svc.cluster.local", node.DnsDomain);
    }

    [Fact]
    public void A_router_is_a_gateway() =>
        Assert.Equal(NodeKind.Gateway, NodeInfo.Parse(new Pb.Node { Id = "router~10.0.0.1~gw.edge~edge.svc.cluster.local" }).Kind);

    [Theory]
    [InlineData("gRPC C-core linux")]
    [InlineData("gRPC Node Pure JS")]
    public void A_grpc_library_is_known_by_its_user_agent_and_its_metadata(string userAgent)
    {
        var metadata = new Struct();
        metadata.Fields.Add("NAMESPACE", Value.ForString("shop"));
        metadata.Fields.Add("NAME", Value.ForString("client-1"));
        metadata.Fields.Add("INSTANCE_IPS", Value.ForString("10.1.2.3,fd00::1"));
        metadata.Fields.Add("LABELS", Value.ForStruct(new Struct { Fields = { ["app"] = Value.ForString("client") } }));

        var node = NodeInfo.Parse(
            new Pb.Node
            {
                Id = "anything",
                UserAgentName = userAgent,
                UserAgentVersion = "C-core 29.0.0",
                Metadata = metadata,
                Locality = new Pb.Locality { Region = "r", Zone = "z" },
                ClientFeatures = { "envoy.lb.does_not_support_overprovisioning" },
            }
        );

        Assert.Equal(NodeKind.Grpc, node.Kind);
        Assert.Equal(("client-1", "shop", "10.1.2.3"), (node.PodName, node.Namespace, node.Ip));
        Assert.Equal("client", node.Labels["app"]);
        Assert.Equal(("r", "z"), (node.Region, node.Zone));
        Assert.Contains("envoy.lb.does_not_support_overprovisioning", node.ClientFeatures.AsEnumerable());
    }

    [Fact]
    public void A_client_that_asks_for_the_grpc_generator_is_a_grpc_library()
    {
        var node = NodeInfo.Parse(
            new Pb.Node
            {
                Id = "sidecar~10.0.0.7~client.shop~shop.svc.cluster.local",
                Metadata = new Struct { Fields = { ["GENERATOR"] = Value.ForString("grpc") } },
            }
        );

        Assert.Equal(NodeKind.Grpc, node.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("~~~")]
    [InlineData("sidecar~~.~")]
    [InlineData("a~b~c~d~e~f")]
    [InlineData("\u0001\uFFFD")]
    public void Any_id_is_accepted(string id)
    {
        var node = NodeInfo.Parse(new Pb.Node { Id = id });
        Assert.Equal("default", node.Namespace);
        Assert.Equal("default.svc.cluster.local", node.DnsDomain);
    }

    [Fact]
    public void A_request_without_a_node_is_accepted_too() => Assert.Equal("", NodeInfo.Parse(null).Id);

    [Fact]
    public void Nodes_are_equal_when_their_descriptions_are()
    {
        Pb.Node Node(string first, string second) =>
            new()
            {
                Id = "x",
                Metadata = new Struct { Fields = { [first] = Value.ForBool(true), [second] = Value.ForBool(true) } },
            };

        Assert.Equal(NodeInfo.Parse(Node("a", "b")), NodeInfo.Parse(Node("b", "a")));
        Assert.NotEqual(NodeInfo.Parse(Node("a", "b")), NodeInfo.Parse(Node("a", "c")));
    }
}
