using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("reviews", "reviews")]
    [InlineData("REVIEWS", "reviews")]
    [InlineData("reviews.", "reviews")]
    [InlineData("reviews:9080", "reviews:9080")]
    [InlineData("a.shop.com", "*.shop.com")]
    [InlineData("a.eu.shop.com", "*.eu.shop.com")]
    [InlineData(".shop.com", "*")]
    [InlineData("x-eu.shop.com", "*-eu.shop.com")]
    [InlineData("shop.com", "shop.*")]
    [InlineData("shop.org", "shop.*")]
    [InlineData("shop.eu.org", "shop.eu.*")]
    [InlineData("shop.", "*")]
    [InlineData("shop.shop.com", "*.shop.com")]
    [InlineData("a.shop.com:8080", "*")]
    [InlineData("shop.com:8080", "shop.*")]
    [InlineData("", "*")]
    public void Domains_are_searched_exact_then_suffix_then_prefix_longest_first(string authority, string expected)
    {
        string[] domains = ["*", "shop.*", "shop.eu.*", "*.shop.com", "*-eu.shop.com", "*.eu.shop.com", "Reviews", "reviews:9080"];
        var table = Table([.. domains.Select(Host)]);

        Assert.Equal(expected, table.FindHost(Head(authority, "/"))!.Name, ignoreCase: true);
    }

    [Fact]
    public void Without_a_domain_that_takes_it_there_is_no_plan()
    {
        var plan = Table(Host("reviews")).Plan(Head("ratings", "/"));

        Assert.Null(plan.VirtualHost);
        Assert.Null(plan.Rule);
        Assert.Null(plan.Destination);
    }

    [Fact]
    public void The_port_can_be_ignored()
    {
        var table = RouteTable.Create("t", "1", [Host("reviews")], ignorePort: true);

        Assert.NotNull(table.FindHost(Head("reviews:9080", "/")));
        Assert.Null(Table(Host("reviews")).FindHost(Head("reviews:9080", "/")));
    }

    [Fact]
    public void A_domain_claimed_twice_is_told()
    {
        Assert.Equal("A", RouteTable.FirstDuplicateDomain([Host("a"), Host("b"), Host("A")]));
        Assert.Null(RouteTable.FirstDuplicateDomain([Host("a"), Host("a:80"), Host("*")]));
    }

    [Fact]
    public void The_first_matching_rule_takes_the_request_and_no_other_host_is_asked()
    {
        var table = Table(
            Host("shop", ["shop"], Rule("exact", Path("/a")), Rule("prefix", Prefix("/a")), Rule("late", Path("/ab"))),
            Host("any", ["*"], Rule("all", null))
        );

        Assert.Equal("exact", table.Plan(Head("shop", "/a")).Rule!.Name);
        Assert.Equal("prefix", table.Plan(Head("shop", "/ab")).Rule!.Name);
        var unmatched = table.Plan(Head("shop", "/b"));
        Assert.Equal("shop", unmatched.VirtualHost!.Name);
        Assert.Null(unmatched.Rule);
    }

    [Fact]
    public void Deeply_nested_prefixes_keep_their_order()
    {
        var rules = Enumerable
            .Range(1, 40)
            .Select(i => Rule($"{i}", Prefix("/" + new string('a', 41 - i)), new HeaderCondition("n", ValueMatch.Range(i, 99))));
        var table = Table(Host("deep", ["*"], [.. rules]));
        var target = "/" + new string('a', 60);

        Assert.Equal("1", table.Plan(Head("h", target, ("n", "50"))).Rule!.Name);
        Assert.Null(table.Plan(Head("h", target, ("n", "0"))).Rule);
        Assert.Equal("31", table.Plan(Head("h", "/" + new string('a', 10), ("n", "50"))).Rule!.Name);
    }

    [Fact]
    public void A_forwarding_rule_comes_with_its_destination_and_edits_in_order()
    {
        var destination = new WeightedDestination
        {
            ClusterName = "v1",
            Cluster = null,
            Weight = 100,
            AuthorityRewrite = "inner",
            RequestEdits = HeaderEdits.Create(["x"], [new("Y", "1")], []),
            ResponseEdits = HeaderEdits.Create([], [], [new("served-by", "v1")]),
        };
        var rule = new Rule
        {
            Name = "r",
            Conditions = RouteConditions.Any,
            Action = new RuleAction.Forward { Destinations = new([destination], new PickState()) },
            RequestEdits = HeaderEdits.Create(["a"], [], [new("a", "2")]),
        };

        var plan = Table(Host("h", ["*"], rule)).Plan(Head("h", "/"));

        Assert.Same(destination, plan.Destination);
        Assert.Equal("inner", plan.AuthorityRewrite);
        var order = new List<string>();
        foreach (var edit in plan.RequestEdits)
        {
            order.Add($"{edit.Kind} {edit.Name}{edit.Value}");
        }

        Assert.Equal(["Remove x", "Set y1", "Remove a", "Add a2"], order);
        Assert.False(plan.ResponseEdits.IsEmpty);
        Assert.True(default(RoutePlan).RequestEdits.IsEmpty);
    }

    [Fact]
    public void The_rules_authority_wins_over_the_destinations()
    {
        var destinations = new WeightedDestinations(
            [
                new WeightedDestination
                {
                    ClusterName = "c",
                    Cluster = null,
                    Weight = 1,
                    AuthorityRewrite = "inner",
                },
            ],
            new PickState()
        );
        var rule = new Rule
        {
            Name = "r",
            Conditions = RouteConditions.Any,
            Action = new RuleAction.Forward { Destinations = destinations, AuthorityRewrite = "outer" },
        };

        Assert.Equal("outer", Table(Host("h", ["*"], rule)).Plan(Head("h", "/")).AuthorityRewrite);
    }
}
