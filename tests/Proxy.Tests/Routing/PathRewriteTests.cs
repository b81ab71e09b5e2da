using System.Text.RegularExpressions;
using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class PathRewriteTests
{
    [Theory]
    [InlineData("/api", "/v1", "/api/items?x=%2f", "/v1/items?x=%2f")]
    [InlineData("/api", "/v1", "/apis", "/v1s")]
    [InlineData("/api/", "/", "/api/a//b/../c", "/a//b/../c")]
    [InlineData("/api", "/", "/api/a", "//a")]
    [InlineData("/api", "/v1", "/api?", "/v1?")]
    [InlineData("/api", "/v1", "http://h/api/x?y", "/v1/x?y")]
    public void A_matched_prefix_is_replaced_and_the_rest_kept_byte_for_byte(
        string prefix,
        string replacement,
        string target,
        string expected
    ) => Assert.Equal(expected, Rewrite(PathRewrite.Matched(replacement), new RouteConditions(Prefix(prefix)), target));

    [Fact]
    public void A_prefix_matched_in_another_case_is_replaced_by_its_length() =>
        Assert.Equal(
            "/new/x",
            Rewrite(
                PathRewrite.Matched("/new"),
                new RouteConditions(new PathCondition(PathMatchKind.SeparatedPrefix, "/OLD", true)),
                "/old/x"
            )
        );

    [Fact]
    public void An_exact_or_regex_match_is_replaced_whole()
    {
        Assert.Equal("/n?q", Rewrite(PathRewrite.Matched("/n"), new RouteConditions(Path("/old")), "/old?q"));
        Assert.Equal("/n?q", Rewrite(PathRewrite.Matched("/n"), new RouteConditions(new PathCondition(FullMatch("/o.*"))), "/old/long?q"));
        Assert.Equal("/n?q", Rewrite(PathRewrite.Whole("/n"), new RouteConditions(Prefix("/")), "/old/long?q"));
    }

    [Fact]
    public void Without_a_path_condition_the_prefix_is_the_first_slash() =>
        Assert.Equal("/v1/a/b?q", Rewrite(PathRewrite.Matched("/v1/"), RouteConditions.Any, "/a/b?q"));

    [Theory]
    [InlineData("^/service/([^/]+)(/.*)$", "\\2/instance/\\1", "/service/foo/v1/api?q=1", "/v1/api/instance/foo?q=1")]
    [InlineData("one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz")]
    [InlineData("(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb", "/aaa/yyy/bbb")]
    [InlineData("b+", "[\\0]", "/abba?b", "/a[bb]a?b")]
    [InlineData("b", "$1\\\\", "/b", "/$1\\")]
    [InlineData("none", "x", "/b?c", "/b?c")]
    [InlineData("(x)|(b)", "<\\1\\2>", "/b", "/<b>")]
    public void A_regex_replaces_everything_it_finds_in_the_path_alone(string pattern, string substitution, string target, string expected)
    {
        var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

        Assert.Null(RegexSubstitution.Check(substitution, 2));
        Assert.Equal(expected, Rewrite(PathRewrite.Found(regex, substitution), RouteConditions.Any, target));
    }

    [Fact]
    public void Bytes_outside_ascii_survive_a_regex() =>
        Assert.Equal("/y\u00e9\u00ff", Rewrite(PathRewrite.Found(new Regex("x"), "y"), RouteConditions.Any, "/x\u00e9\u00ff"));

    [Theory]
    [InlineData("\\3", "'\\3' uses group 3, but the pattern has only 2")]
    [InlineData(
        "a\\",
        "'a\\' has a backslash before neither a digit nor a backslash; write \\1 for the first group or \\\\ for a backslash"
    )]
    [InlineData(
        "\\n",
        "'\\n' has a backslash before neither a digit nor a backslash; write \\1 for the first group or \\\\ for a backslash"
    )]
    public void A_wrong_substitution_is_explained(string substitution, string expected) =>
        Assert.Equal(expected, RegexSubstitution.Check(substitution, 2));

    [Fact]
    public void A_buffer_that_is_too_small_is_reported_at_every_size()
    {
        var head = Head("h", "/api/items?x=1");
        var conditions = new RouteConditions(Prefix("/api"));
        for (var size = 0; size < "/v1/items?x=1".Length; size++)
        {
            Assert.False(PathRewrite.Matched("/v1").TryWrite(head, conditions, new byte[size], out var written));
            Assert.Equal(0, written);
        }
    }

    [Fact]
    public void A_plan_without_rewrite_writes_the_clients_own_target()
    {
        var buffer = new byte[64];
        var head = Head("h", "/a/../b%2fc?x");

        Assert.True(default(RoutePlan).TryWriteTarget(head, buffer, out var written));
        Assert.Equal("/a/../b%2fc?x", AsText(buffer.AsSpan(0, written)));
        Assert.False(default(RoutePlan).TryWriteTarget(head, new byte[3], out _));
    }

    private static string Rewrite(PathRewrite rewrite, RouteConditions conditions, string target)
    {
        var head = Head("h", target);
        Assert.True(conditions.Match(head));
        var buffer = new byte[256];
        Assert.True(rewrite.TryWrite(head, conditions, buffer, out var written));
        return AsText(buffer.AsSpan(0, written));
    }
}
