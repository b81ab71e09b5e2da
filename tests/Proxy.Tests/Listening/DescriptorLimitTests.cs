using Mesh.Listening;

namespace Mesh.Proxy.Tests.Listening;

public sealed class DescriptorLimitTests
{
    [Theory]
    [InlineData("Max open files            1024                 4096                 files", 1024, 256, 304)]
    [InlineData("Max open files            20000                20000                files", 20_000, 512, 9664)]
    [InlineData("Max open files            unlimited            unlimited            files", int.MaxValue, 512, (int.MaxValue - 672) / 2)]
    [InlineData(
        "Max processes             1024                 4096                 processes",
        int.MaxValue,
        512,
        (int.MaxValue - 672) / 2
    )]
    public void Some_are_kept_from_traffic_and_a_connection_is_taken_for_two(string line, int most, int reserve, int connections)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, $"Limit                     Soft Limit           Hard Limit           Units     \n{line}     \n");
        var limit = DescriptorLimit.Read(file);
        File.Delete(file);

        Assert.Equal((most, reserve, connections), (limit.Most, limit.Reserve, limit.ConnectionsOf(descriptors: 2)));
        Assert.False(limit.IsReserved(most - reserve - 1));
        Assert.True(limit.IsReserved(most - reserve));
    }

    [Fact]
    public void Where_nothing_can_be_read_there_is_no_limit() =>
        Assert.Equal(DescriptorLimit.None, DescriptorLimit.Read("/nowhere/limits"));
}
