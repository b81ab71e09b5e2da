using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RouteConditionsTests
{
    [Theory]
    [InlineData(nameof(PathMatchKind.Exact), "/foo", false, "/foo?x=1", true)]
    [InlineData(nameof(PathMatchKind.Exact), "/foo", false, "/foo/", false)]
    [InlineData(nameof(PathMatchKind.Exact), "/foo", false, "/Foo", false)]
    [InlineData(nameof(PathMatchKind.Exact), "/FOO", true, "/fOo", true)]
    [InlineData(nameof(PathMatchKind.Exact), "/foo", true, "/foobar", false)]
    [InlineData(nameof(PathMatchKind.Prefix), "/foo", false, "/foobar", true)]
    [InlineData(nameof(PathMatchKind.Prefix), "/foo", false, "/fo?o", false)]
    [InlineData(nameof(PathMatchKind.Prefix), "/foo", true, "/FOOBAR", true)]
    [InlineData(nameof(PathMatchKind.Prefix), "/", false, "/", true)]
    [InlineData(nameof(PathMatchKind.SeparatedPrefix), "/foo", false, "/foo", true)]
    [InlineData(nameof(PathMatchKind.SeparatedPrefix), "/foo", false, "/foo/bar", true)]
    [InlineData(nameof(PathMatchKind.SeparatedPrefix), "/foo", false, "/foo?bar", true)]
    [InlineData(nameof(PathMatchKind.SeparatedPrefix), "/foo", false, "/foobar", false)]
    [InlineData(nameof(PathMatchKind.SeparatedPrefix), "/foo", true, "/FOO/bar", true)]
    public void Paths_are_compared_without_query(string kind, string value, bool ignoreCase, string target, bool expected) =>
        Assert.Equal(
            expected,
            new RouteConditions(new PathCondition(Enum.Parse<PathMatchKind>(kind), value, ignoreCase)).Match(Head("h", target))
        );

    [Theory]
    [InlineData("/v[0-9]+/items", "/v12/items?x", true)]
    [InlineData("/v[0-9]+", "/v12/items", false)]
    [InlineData("v[0-9]+", "/v12", false)]
    public void A_path_regex_matches_the_whole_path(string pattern, string target, bool expected) =>
        Assert.Equal(expected, new RouteConditions(new PathCondition(FullMatch(pattern))).Match(Head("h", target)));

    [Fact]
    public void A_regex_reads_values_longer_than_its_stack_buffer()
    {
        var conditions = When(new HeaderCondition("x", ValueMatch.Regex(FullMatch("a+b"))));

        Assert.True(conditions.Match(Head("h", "/", ("x", new string('a', 5000) + "b"))));
        Assert.False(conditions.Match(Head("h", "/", ("x", new string('a', 5000)))));
    }

    [Fact]
    public void A_regex_over_which_backtracking_would_take_for_ever_ends()
    {
        var conditions = When(new HeaderCondition("x", ValueMatch.Regex(FullMatch("(a|aa)*(a+)+b"))));

        Assert.False(conditions.Match(Head("h", "/", ("x", new string('a', 60_000)))));
    }

    public static TheoryData<string, string?, bool> HeaderCases =>
        new()
        {
            { "exact", "jason", true },
            { "exact", "Jason", false },
            { "exact", "jaso", false },
            { "exact", "jasons", false },
            { "exact", null, false },
            { "exact any case", "JaSoN", true },
            { "prefix", "jason-1", true },
            { "prefix", "1-jason", false },
            { "prefix", "jaso", false },
            { "prefix any case", "JASON-1", true },
            { "suffix", "1-jason", true },
            { "suffix", "jason-1", false },
            { "suffix any case", "1-JASON", true },
            { "contains", "1-jason-1", true },
            { "contains", "1-jaso-n", false },
            { "contains any case", "1-jAson-1", true },
            { "contains any case", "jaso", false },
            { "regex", "jaaason", true },
            { "regex", "xjason", false },
            { "regex", null, false },
            { "range", "10", true },
            { "range", "-5", true },
            { "range", "19", true },
            { "range", "20", false },
            { "range", "10x", false },
            { "range", "", false },
            { "range", "99999999999999999999", false },
            { "present", "", true },
            { "present", null, false },
            { "absent", null, true },
            { "absent", "", false },
            { "not exact", "other", true },
            { "not exact", "jason", false },
            { "not exact", null, false },
            { "not exact, missing is empty", null, true },
            { "exact empty, missing is empty", null, true },
            { "exact empty, missing is empty", "x", false },
            { "not range, missing is empty", null, true },
        };

    [Theory]
    [MemberData(nameof(HeaderCases))]
    public void Headers_are_compared_as_envoy_does(string comparison, string? value, bool expected)
    {
        HeaderCondition condition = comparison switch
        {
            "exact" => new("End-User", ValueMatch.Exact("jason")),
            "exact any case" => new("end-user", ValueMatch.Exact("JASon", ignoreCase: true)),
            "prefix" => new("end-user", ValueMatch.Prefix("jason")),
            "prefix any case" => new("end-user", ValueMatch.Prefix("jason", ignoreCase: true)),
            "suffix" => new("end-user", ValueMatch.Suffix("jason")),
            "suffix any case" => new("end-user", ValueMatch.Suffix("jason", ignoreCase: true)),
            "contains" => new("end-user", ValueMatch.Contains("jason")),
            "contains any case" => new("end-user", ValueMatch.Contains("jason", ignoreCase: true)),
            "regex" => new("end-user", ValueMatch.Regex(FullMatch("ja+son"))),
            "range" => new("end-user", ValueMatch.Range(-5, 20)),
            "present" => new("end-user", ValueMatch.Present),
            "absent" => new("end-user", ValueMatch.Present, invert: true),
            "not exact" => new("end-user", ValueMatch.Exact("jason"), invert: true),
            "not exact, missing is empty" => new("end-user", ValueMatch.Exact("jason"), invert: true, treatMissingAsEmpty: true),
            "exact empty, missing is empty" => new("end-user", ValueMatch.Exact(""), treatMissingAsEmpty: true),
            "not range, missing is empty" => new("end-user", ValueMatch.Range(0, 10), invert: true, treatMissingAsEmpty: true),
            _ => throw new ArgumentException(comparison),
        };
        var head = value is null ? Head("h", "/") : Head("h", "/", ("end-user", value));

        Assert.Equal(expected, When(condition).Match(head));
    }

    [Theory]
    [InlineData(":method", "POST", true)]
    [InlineData(":method", "GET", false)]
    [InlineData(":scheme", "http", true)]
    [InlineData(":authority", "Shop:80", true)]
    [InlineData(":authority", "shop:80", true)]
    [InlineData(":authority", "shop", false)]
    [InlineData("host", "Shop:80", true)]
    [InlineData(":path", "/a?b", true)]
    public void Method_scheme_and_authority_are_pseudo_headers(string name, string value, bool expected) =>
        Assert.Equal(expected, When(new HeaderCondition(name, ValueMatch.Exact(value))).Match(Head("POST", "Shop:80", "/a?b", [])));

    [Fact]
    public void Repeated_values_are_compared_joined()
    {
        var head = Head("h", "/", ("x", "a"), ("x", "b"));

        Assert.True(When(new HeaderCondition("x", ValueMatch.Exact("a,b"))).Match(head));
        Assert.False(When(new HeaderCondition("x", ValueMatch.Exact("a"))).Match(head));
    }

    [Theory]
    [InlineData("/?user=anna", true)]
    [InlineData("/?x=1&user=anna&y", true)]
    [InlineData("/?user=bert&user=anna", false)]
    [InlineData("/?user=an%6ea", false)]
    [InlineData("/?USER=anna", false)]
    [InlineData("/?xuser=anna", false)]
    [InlineData("/?user", false)]
    [InlineData("/?user=anna=", false)]
    [InlineData("/?user=anna#x", true)]
    [InlineData("/", false)]
    public void Query_parameters_are_compared_raw_and_the_first_counts(string target, bool expected) =>
        Assert.Equal(expected, When(new QueryCondition("user", ValueMatch.Exact("anna"))).Match(Head("h", target)));

    [Theory]
    [InlineData("/?debug", true)]
    [InlineData("/?debug=", true)]
    [InlineData("/?a&debug=1", true)]
    [InlineData("/?debugger", false)]
    public void A_query_parameter_may_just_be_present(string target, bool expected) =>
        Assert.Equal(expected, When(new QueryCondition("debug", ValueMatch.Present)).Match(Head("h", target)));

    [Fact]
    public void A_fraction_takes_its_share()
    {
        var conditions = When(new FractionCondition(250, 10_000, new Random(7)));
        var head = Head("h", "/");

        // 100,000 draws with p = 2.5 %: five standard deviations are 247.
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => conditions.Match(head)), 2253, 2747);
        Assert.False(When(new FractionCondition(0, 100, new Random(7))).Match(head));
        Assert.True(When(new FractionCondition(100, 100, new Random(7))).Match(head));
    }

    [Fact]
    public void The_first_failing_condition_is_told_in_words()
    {
        var fraction = new FractionCondition(0, 100, new Random(1));
        var header = new HeaderCondition("End-User", ValueMatch.Prefix("ja"), invert: true);
        var conditions = new RouteConditions(Prefix("/reviews"), fraction, header, GrpcCondition.Instance);

        Assert.Equal("path begins with '/reviews'", conditions.FirstFailing(Head("h", "/x"))!.ToString());
        Assert.Equal(
            "not: header 'end-user' begins with 'ja'",
            conditions.FirstFailing(Head("h", "/reviews", ("end-user", "jason")))!.ToString()
        );
        Assert.Same(GrpcCondition.Instance, conditions.FirstFailing(Head("h", "/reviews", ("end-user", "x"))));
        Assert.Same(fraction, conditions.FirstFailing(Head("h", "/reviews", ("end-user", "x"), ("content-type", "application/grpc"))));
        Assert.Null(RouteConditions.Any.FirstFailing(Head("h", "/")));
    }
}
