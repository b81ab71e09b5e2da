using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RoutingAllocationTests
{
    [Fact]
    public void Filling_a_head_again_allocates_nothing()
    {
        var head = new RequestHead();
        AssertNoAllocation(() =>
        {
            head.Begin(HttpVersionKind.Http11, "GET", "http", "Reviews.default.svc.cluster.local:9080", "http://x/reviews/0?a=b");
            head.AddHeader("User-Agent", "curl/8");
            head.AddHeader("cookie", "a=1");
            head.AddHeader("cookie", "b=2");
            head.AddHeader("x-a", "1");
            head.AddHeader("x-a", "2");
            head.TryGet(KnownHeader.Cookie, out _);
            head.TryGet("x-a"u8, out _);
        });
    }

    [Fact]
    public void Renting_and_returning_a_head_allocates_nothing()
    {
        var pool = new PerCorePool<RequestHead>(() => new(), _ => true);
        AssertNoAllocation(() => pool.Return(pool.Rent()));
    }

    [Fact]
    public void Matching_every_kind_of_condition_allocates_nothing()
    {
        var conditions = new RouteConditions(
            new PathCondition(FullMatch("/reviews/[0-9]+")),
            new HeaderCondition(":method", ValueMatch.Exact("get", ignoreCase: true)),
            new HeaderCondition("end-user", ValueMatch.Regex(FullMatch("j.*n"))),
            new HeaderCondition("end-user", ValueMatch.Contains("aso")),
            new HeaderCondition("n", ValueMatch.Range(1, 9)),
            new HeaderCondition("absent", ValueMatch.Present, invert: true),
            new QueryCondition("q", ValueMatch.Suffix("1")),
            GrpcCondition.Instance,
            new FractionCondition(100, 100, new Random(1))
        );
        var head = Head("h", "/reviews/12?a&q=01", ("end-user", "jason"), ("n", "5"), ("content-type", "application/grpc"));

        AssertNoAllocation(() => Assert.Null(conditions.FirstFailing(head)));
    }

    [Fact]
    public void Planning_among_many_rules_allocates_nothing()
    {
        var forward = new RuleAction.Forward { Destinations = Weights(80, 20) };
        var rules = Enumerable
            .Range(0, 100)
            .Select(i => new Rule
            {
                Name = $"{i}",
                Conditions = new RouteConditions(i % 2 == 0 ? Prefix($"/p{i}/") : Path($"/p{i}")),
                Action = forward,
            });
        var one = Table(Host("h", ["*.svc.cluster.local", "reviews.*"], [.. rules]));
        var merged = RouteTable.Merge("m", "1", [(9080, one), (80, Table(Host("*")))]);
        var known = Head("Reviews.default.svc.cluster.local:9080", "/p64/x?y");
        var unknown = Head("elsewhere", "/p64/x?y");

        AssertNoAllocation(() =>
        {
            Assert.NotNull(one.Plan(Head64(known)).Rule);
            Assert.NotNull(merged.Plan(known).Destination);
            Assert.Null(merged.Plan(unknown).Rule);
        });

        RequestHead Head64(RequestHead head)
        {
            head.Begin(HttpVersionKind.Http11, "GET", "http", "a.svc.cluster.local", "/p64/x?y");
            Assert.NotNull(one.Plan(head).Rule);
            head.Begin(HttpVersionKind.Http11, "GET", "http", "reviews.default.svc.cluster.local:9080", "/p64/x?y");
            return head;
        }
    }

    [Fact]
    public void Rewriting_and_redirecting_allocate_nothing()
    {
        var head = Head("shop:80", "/old/x?y");
        var conditions = new RouteConditions(Prefix("/old"));
        var rewrite = PathRewrite.Matched("/new");
        var redirect = new RuleAction.Redirect
        {
            Scheme = "https",
            PrefixRewrite = "/new",
            Port = 8443,
        };
        var buffer = new byte[256];

        AssertNoAllocation(() =>
        {
            Assert.True(rewrite.TryWrite(head, conditions, buffer, out _));
            Assert.True(RedirectLocation.TryWrite(head, redirect, conditions, buffer, out _));
            Assert.True(GrpcTimeout.TryParse("100m"u8, out _));
        });
    }

    [Fact]
    public void Walking_through_edits_allocates_nothing()
    {
        var edits = HeaderEdits.Create(["a"], [new("b", "1")], [new("c", "2")]);
        var sequence = new EditSequence(edits, edits);
        AssertNoAllocation(() =>
        {
            var count = 0;
            foreach (var edit in sequence)
            {
                count += edit.Name.Length;
            }

            Assert.True(count == 6);
        });
    }

    internal static void AssertNoAllocation(Action action)
    {
        // Warm: caches, tiers and lazily built automata are not per request.
        for (var i = 0; i < 200; i++)
        {
            action();
        }

        // What allocates each time does so in every round; the runtime's own doings on this thread come once.
        var least = long.MaxValue;
        for (var round = 0; round < 3 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
