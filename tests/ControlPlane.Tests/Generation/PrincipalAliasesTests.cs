using Mesh.ControlPlane.Generation;

namespace Mesh.ControlPlane.Tests.Generation;

public sealed class PrincipalAliasesTests
{
    [Theory]
    [InlineData("new/ns/a/sa/b", "new/ns/a/sa/b old/ns/a/sa/b")]
    [InlineData("old/ns/a/sa/b", "new/ns/a/sa/b old/ns/a/sa/b")]
    [InlineData("cluster.local/ns/a/sa/b", "new/ns/a/sa/b old/ns/a/sa/b")]
    [InlineData("cluster.local/ns/a/*", "new/ns/a/* old/ns/a/*")]
    [InlineData("*ew/ns/a/sa/b", "*ew/ns/a/sa/b old/ns/a/sa/b")]
    [InlineData("ne*/ns/a/sa/b", "new/ns/a/sa/b old/ns/a/sa/b")]
    [InlineData("*/ns/a/sa/b", "*/ns/a/sa/b")]
    [InlineData("*/sa/b", "*/sa/b")]
    [InlineData("*", "*")]
    [InlineData("*b", "*b")]
    [InlineData("b", "b")]
    [InlineData("other/ns/a/sa/b", "other/ns/a/sa/b")]
    [InlineData("*er/ns/a/sa/b", "*er/ns/a/sa/b")]
    [InlineData("/ns/a/sa/b", "/ns/a/sa/b")]
    [InlineData("newer/ns/a/sa/b", "newer/ns/a/sa/b")]
    public void Who_says_one_of_the_mesh_s_domains_means_all(string principal, string expected) =>
        Assert.Equal(expected.Split(' '), PrincipalAliases.Expand([principal], ["new", "old"]));

    [Fact]
    public void What_comes_out_twice_is_asked_once() =>
        Assert.Equal(
            "new/ns/a/sa/b old/ns/a/sa/b",
            string.Join(' ', PrincipalAliases.Expand(["new/ns/a/sa/b", "cluster.local/ns/a/sa/b"], ["new", "old"]))
        );

    [Fact]
    public void A_mesh_without_aliases_has_its_own_name() =>
        Assert.Equal("cluster.local/ns/a/sa/b", Assert.Single(PrincipalAliases.Expand(["cluster.local/ns/a/sa/b"], ["cluster.local"])));
}
