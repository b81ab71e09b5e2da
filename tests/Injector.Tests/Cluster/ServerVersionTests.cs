using Mesh.Injector.Cluster;

namespace Mesh.Injector.Tests.Cluster;

public sealed class ServerVersionTests
{
    [Theory]
    [InlineData("1", "29", true)]
    [InlineData("1", "29+", true)]
    [InlineData("1", "36", true)]
    [InlineData("2", "0", true)]
    [InlineData("1", "28+", false)]
    [InlineData("1", "20", false)]
    [InlineData(null, "", false)]
    public void Native_sidecars_are_known_from_1_29(string? major, string? minor, bool expected) =>
        Assert.Equal(expected, ServerVersion.Supports(major, minor));
}
