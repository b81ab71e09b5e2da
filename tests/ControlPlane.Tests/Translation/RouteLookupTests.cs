namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>Which VirtualService governs a host for a client.</summary>
public sealed class RouteLookupTests
{
    [Fact]
    public void The_most_specific_host_wins_whatever_its_age()
    {
        var snapshot = Given.Snapshot(
            Given.Routes("wide", "shop", "*.example", created: "2020-01-01T00:00:00Z"),
            Given.Routes("narrow", "shop", "*.a.example", created: "2021-01-01T00:00:00Z"),
            Given.Routes("exact", "shop", "x.a.example", created: "2022-01-01T00:00:00Z")
        );

        Assert.Equal("exact", snapshot.RoutesFor("web", "x.a.example")?.Name);
        Assert.Equal("narrow", snapshot.RoutesFor("web", "y.a.example")?.Name);
        Assert.Equal("wide", snapshot.RoutesFor("web", "a.example")?.Name);
        Assert.Null(snapshot.RoutesFor("web", "example"));
    }

    [Fact]
    public void Of_two_on_one_host_the_older_wins_then_the_first_by_name()
    {
        Assert.Equal(
            "b",
            Given
                .Snapshot(
                    Given.Routes("a", "shop", "x.example", created: "2022-01-01T00:00:00Z"),
                    Given.Routes("b", "shop", "x.example", created: "2021-01-01T00:00:00Z")
                )
                .RoutesFor("web", "x.example")
                ?.Name
        );
        Assert.Equal(
            "a",
            Given
                .Snapshot(Given.Routes("b", "shop", "x.example"), Given.Routes("a", "shop", "x.example"))
                .RoutesFor("web", "x.example")
                ?.Name
        );
    }

    [Fact]
    public void Routes_are_seen_where_they_are_exported_to()
    {
        var snapshot = Given.Snapshot(
            Given.Routes("a-private", "shop", "x.example", "exportTo: [\".\"]"),
            Given.Routes("b-public", "shop", "x.example")
        );

        Assert.Equal("a-private", snapshot.RoutesFor("shop", "x.example")?.Name);
        Assert.Equal("b-public", snapshot.RoutesFor("web", "x.example")?.Name);
    }

    [Fact]
    public void Routes_of_gateways_do_not_govern_sidecars()
    {
        Assert.Null(Given.Snapshot(Given.Routes("a", "shop", "x.example", "gateways: [front]")).RoutesFor("shop", "x.example"));
    }

    [Fact]
    public void A_short_name_is_one_of_the_objects_own_namespace()
    {
        var snapshot = Given.Snapshot(Given.Service("books", "shop"), Given.Service("books", "lib"), Given.Routes("books", "lib", "books"));

        Assert.Equal("books", snapshot.RoutesFor("shop", "books.lib.svc.cluster.local")?.Name);
        Assert.Null(snapshot.RoutesFor("shop", "books.shop.svc.cluster.local"));
    }
}
