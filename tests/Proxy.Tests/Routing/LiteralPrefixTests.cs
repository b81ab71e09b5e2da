using System.Text.RegularExpressions;
using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class LiteralPrefixTests
{
    [Theory]
    [InlineData("/basket/[0-9]+", "/basket/")]
    [InlineData("^/a$", "/a")]
    [InlineData("/a/?", "/a")]
    [InlineData("/a/*b", "/a")]
    [InlineData("/ab+", "/ab")]
    [InlineData("/ab{2}", "/a")]
    [InlineData("/a\\.b\\d", "/a.b")]
    [InlineData("/a/(b|c)", "/a/")]
    [InlineData("/a/[b|c]", "/a/")]
    [InlineData("/a/[]|]x", "/a/")]
    [InlineData("/a|/b", "")]
    [InlineData("(/a)|/b", "")]
    [InlineData("(?i)/a", "")]
    [InlineData("[[:alpha:]|]x|y", "")]
    [InlineData("\\Qa|b\\E", "")]
    [InlineData(".*", "")]
    [InlineData("a\u00e9b", "a")]
    public void It_is_the_text_before_anything_that_is_not_plain(string pattern, string expected) =>
        Assert.Equal(expected, LiteralPrefix.Of(pattern));

    [Fact]
    public void Every_match_begins_with_it()
    {
        var random = new Random(5);
        string[] pieces = ["a", "b", "/", "\\.", ".", "a?", "b*", "(a|b)", "[ab]", "a+", "|", "^", "$", "(b)", "a{0,2}"];
        var matches = 0;
        for (var i = 0; i < 3000; i++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => pieces[random.Next(pieces.Length)]));
            var regex = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant);
            var condition = new PathCondition(FullMatch(pattern), pattern);
            for (var v = 0; v < 20; v++)
            {
                var value = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => "ab/."[random.Next(4)]));
                Assert.Equal(regex.IsMatch(value), condition.Holds(System.Text.Encoding.ASCII.GetBytes(value)));
                matches += regex.IsMatch(value) ? 1 : 0;
            }
        }

        Assert.InRange(matches, 1000, 50_000);
    }
}
