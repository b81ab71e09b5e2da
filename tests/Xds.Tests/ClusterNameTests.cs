namespace Mesh.Xds.Tests;

public sealed class ClusterNameTests
{
    [Theory]
    [InlineData(
        "outbound|9080|v1|reviews.default.svc.cluster.local",
        TrafficDirection.Outbound,
        9080,
        "v1",
        "reviews.default.svc.cluster.local"
    )]
    [InlineData("outbound|80||shop", TrafficDirection.Outbound, 80, "", "shop")]
    [InlineData("inbound|9080||", TrafficDirection.Inbound, 9080, "", "")]
    public void A_name_is_read_and_written_back_unchanged(string name, TrafficDirection direction, int port, string subset, string host)
    {
        Assert.True(ClusterName.TryParse(name, out var parsed));
        Assert.Equal(new ClusterName(direction, port, subset, host), parsed);
        Assert.Equal(name, parsed.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("PassthroughCluster")]
    [InlineData("outbound|x|v1|host")]
    [InlineData("outbound|-1|v1|host")]
    [InlineData("outbound|70000|v1|host")]
    [InlineData("outbound|80|v1")]
    [InlineData("outbound|80|v1|host|more")]
    [InlineData("sideways|80|v1|host")]
    public void Any_other_name_is_not_a_cluster_name_of_ours(string? name) => Assert.False(ClusterName.TryParse(name, out _));

    [Fact]
    public void The_builders_spell_names_as_the_parser_reads_them()
    {
        Assert.Equal("outbound|9080|v1|a.b", ResourceNames.Outbound(9080, "v1", "a.b"));
        Assert.Equal("outbound|9080||a.b", ResourceNames.Outbound(9080, "a.b"));
        Assert.Equal("inbound|9080||", ResourceNames.Inbound(9080));
    }
}
