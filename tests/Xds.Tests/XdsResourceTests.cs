using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Xds.Tests;

public sealed class XdsResourceTests
{
    [Fact]
    public void The_cached_bytes_are_the_Any_that_the_library_would_pack()
    {
        var cluster = new Pb.Cluster { Name = "c", Type = Pb.Cluster.Types.DiscoveryType.Eds };

        var resource = XdsResource.Create("c", cluster);

        Assert.Equal(TypeUrls.Cluster, resource.TypeUrl);
        Assert.Equal(Any.Pack(cluster).ToByteArray(), resource.AnyBytes.ToArray());
        Assert.Equal(cluster, resource.Unpack(Pb.Cluster.Parser));
        Assert.Matches("^[0-9a-f]{16}$", resource.Version);
    }

    [Fact]
    public void An_empty_message_is_an_Any_without_a_value()
    {
        var resource = XdsResource.Create("c", new Pb.Cluster());
        Assert.Equal(new Pb.Cluster(), Any.Parser.ParseFrom(resource.AnyBytes.Span).Unpack<Pb.Cluster>());
    }

    [Fact]
    public void Map_entries_in_another_order_are_the_same_content()
    {
        Pb.Cluster Cluster(params string[] keys)
        {
            var inner = new Struct();
            var cluster = new Pb.Cluster { Name = "c", Metadata = new Pb.Metadata() };
            foreach (var key in keys)
            {
                inner.Fields.Add(key, Value.ForString(key));
                cluster.TypedExtensionProtocolOptions.Add(key, new Any { TypeUrl = key });
            }
            cluster.Metadata.FilterMetadata.Add("nested", inner);
            return cluster;
        }

        var one = XdsResource.Create("c", Cluster("a", "b", "c"));
        var other = XdsResource.Create("c", Cluster("c", "a", "b"));

        Assert.Equal(one.Version, other.Version);
        Assert.Equal(one.AnyBytes.ToArray(), other.AnyBytes.ToArray());
    }

    [Fact]
    public void Other_content_has_another_version()
    {
        var one = XdsResource.Create("c", new Pb.Cluster { Name = "c" });
        var other = XdsResource.Create("c", new Pb.Cluster { Name = "c", AltStatName = "x" });
        Assert.NotEqual(one.Version, other.Version);
    }
}
