namespace Mesh.Xds.Tests;

public sealed class ResourceSetTests
{
    private static XdsResource Cluster(string name, string content = "") =>
        XdsResource.Create(name, new Pb.Cluster { Name = name, AltStatName = content });

    private static XdsResource Route(string name) => XdsResource.Create(name, new Pb.RouteConfiguration { Name = name });

    [Fact]
    public void The_order_of_insertion_changes_neither_version_nor_equality()
    {
        var one = ResourceSet.Create([Cluster("a"), Cluster("b"), Route("r")]);
        var other = ResourceSet.Create([Route("r"), Cluster("b"), Cluster("a")]);

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(one.Of(TypeUrls.Cluster).Version, other.Of(TypeUrls.Cluster).Version);
        Assert.Equal(["a", "b"], one.Of(TypeUrls.Cluster).All.Select(r => r.Name));
    }

    [Fact]
    public void A_change_shows_in_its_type_alone()
    {
        var before = ResourceSet.Create([Cluster("a"), Route("r")]);
        var after = ResourceSet.Create([Cluster("a", "changed"), Route("r")]);

        Assert.NotEqual(before, after);
        Assert.NotEqual(before.Of(TypeUrls.Cluster).Version, after.Of(TypeUrls.Cluster).Version);
        Assert.Equal(before.Of(TypeUrls.Route), after.Of(TypeUrls.Route));
    }

    [Fact]
    public void A_type_nobody_added_is_empty_and_still_has_a_version()
    {
        Assert.Equal(0, ResourceSet.Empty.Of(TypeUrls.Secret).Count);
        Assert.NotEmpty(ResourceSet.Empty.Of(TypeUrls.Secret).Version);
        Assert.Equal("x.y/Z", ResourceSet.Empty.Of("x.y/Z").TypeUrl);
    }

    [Fact]
    public void One_name_with_one_content_is_kept_once_and_with_two_contents_it_is_a_bug()
    {
        Assert.Equal(1, ResourceSet.Create([Cluster("a"), Cluster("a")]).Count);
        Assert.Throws<ArgumentException>(() => ResourceSet.Create([Cluster("a"), Cluster("a", "other")]));
    }

    [Fact]
    public void Types_come_in_push_order()
    {
        var set = ResourceSet.Create([Route("r"), XdsResource.Create("l", new Pb.Listener { Name = "l" }), Cluster("a")]);
        Assert.Equal([TypeUrls.Cluster, TypeUrls.Listener, TypeUrls.Route], set.Types.Select(t => t.TypeUrl));
    }
}
