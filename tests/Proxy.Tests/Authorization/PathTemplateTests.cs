using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Tests.Authorization;

public sealed class PathTemplateTests
{
    [Theory]
    [InlineData("/a/*", "/a/b", true)]
    [InlineData("/a/*", "/a/", false)]
    [InlineData("/a/*", "/a", false)]
    [InlineData("/a/*", "/a/b/c", false)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("/a/**", "/a/", true)]
    [InlineData("/a/**", "/a", false)]
    [InlineData("/a/**/z", "/a/b/c/z", true)]
    [InlineData("/a/**/z", "/a//z", true)]
    [InlineData("/a/**/z", "/a/z", false)]
    [InlineData("/*/x/**", "/a/x/", true)]
    [InlineData("/**", "/", true)]
    [InlineData("/**", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/A", false)]
    public void A_template_takes_paths_by_segments(string template, string path, bool taken)
    {
        var subject = AccessSubjects.Of(AccessSubjects.Head(target: path));
        Assert.Equal(taken, PathTemplateCondition.Parse(template)!.Holds(subject));
    }

    [Theory]
    [InlineData("a/*")]
    [InlineData("/a*")]
    [InlineData("/**/**")]
    [InlineData("/{id}")]
    public void What_is_no_template_is_none(string template) => Assert.Null(PathTemplateCondition.Parse(template));
}
