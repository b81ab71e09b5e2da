using Mesh.Config.Reading;

namespace Mesh.Config.Tests;

/// <summary>What a user probably meant.</summary>
public sealed class NearestNameTests
{
    private static readonly string[] Fields =
    [
        "match",
        "route",
        "redirect",
        "timeout",
        "retries",
        "mirror",
        "mirrorPercentage",
        "sourceLabels",
        "uri",
    ];

    [Theory]
    [InlineData("rout", "route")]
    [InlineData("timout", "timeout")]
    [InlineData("tiemout", "timeout")]
    [InlineData("retry", "retries")]
    [InlineData("sourcelabels", "sourceLabels")]
    [InlineData("source_labels", "sourceLabels")]
    [InlineData("mirror-percentage", "mirrorPercentage")]
    [InlineData("url", "uri")]
    [InlineData("hosts", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_only_when_it_is_near(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, Fields));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("abc", "xyz", 3)]
    public void Distance_counts_edits(string a, string b, int expected) => Assert.Equal(expected, NearestName.Distance(a, b));
}
