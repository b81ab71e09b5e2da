using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class AuthorityTableTests
{
    private static readonly RouteTable Merged = RouteTable.Merge(
        "authority",
        "1",
        [
            (
                9080,
                Table(
                    Host(
                        "reviews|9080",
                        ["reviews", "reviews:9080", "reviews.default.svc.cluster.local", "reviews.default.svc.cluster.local:9080"]
                    ),
                    Host("web|9080", ["web", "web:9080"]),
                    Host("two|9080", ["two"]),
                    Host("wild|9080", ["*.wild.com"]),
                    Host("any|9080", ["*"])
                )
            ),
            (8080, Table(Host("two|8080", ["two"]), Host("any|8080", ["*"]))),
            (80, Table(Host("web|80", ["web", "web:80"]), Host("any|80", ["*"]))),
        ]
    );

    [Theory]
    [InlineData("reviews:9080", "reviews|9080")]
    [InlineData("reviews", "reviews|9080")]
    [InlineData("Reviews.default.svc.cluster.local.:9080", "reviews|9080")]
    [InlineData("reviews:80", "any|80")]
    [InlineData("reviews:8080", "any|8080")]
    [InlineData("web", "web|80")]
    [InlineData("web:80", "web|80")]
    [InlineData("web:9080", "web|9080")]
    [InlineData("two", "any|80")]
    [InlineData("two:8080", "two|8080")]
    [InlineData("two:9080", "two|9080")]
    [InlineData("a.wild.com", "wild|9080")]
    [InlineData("a.wild.com:9080", "wild|9080")]
    [InlineData("a.wild.com:80", "any|80")]
    [InlineData("elsewhere:1234", "any|80")]
    [InlineData("elsewhere", "any|80")]
    public void A_host_with_a_port_asks_that_port_and_a_bare_one_port_80_or_its_only_port(string authority, string expected) =>
        Assert.Equal(expected, Merged.FindHost(Head(authority, "/"))?.Name);

    [Fact]
    public void A_bare_name_with_several_ports_and_no_80_is_not_guessed()
    {
        var table = RouteTable.Merge("authority", "1", [(8080, Table(Host("two"))), (9080, Table(Host("two")))]);

        Assert.Null(table.FindHost(Head("two", "/")));
        Assert.Null(table.FindHost(Head("two:1", "/")));
    }

    [Fact]
    public void A_merged_table_shows_all_virtual_hosts() => Assert.Equal(9, Merged.VirtualHosts.Length);
}
