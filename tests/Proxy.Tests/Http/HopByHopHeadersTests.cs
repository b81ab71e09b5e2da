using Mesh.Proxy.Http;

namespace Mesh.Proxy.Tests.Http;

public sealed class HopByHopHeadersTests
{
    [Theory]
    [InlineData("Connection", "", true)]
    [InlineData("transfer-encoding", "", true)]
    [InlineData("X-Secret", "", false)]
    [InlineData("X-Secret", "close, x-secret ,other", true)]
    [InlineData("X-Secret", "close, x-secret-not", false)]
    [InlineData("Host", "host", false)]
    [InlineData("Content-Length", "Content-Length", false)]
    [InlineData("Cookie", "close", false)]
    public void What_belongs_to_one_connection_is_known(string name, string connection, bool expected) =>
        Assert.Equal(expected, HopByHopHeaders.Contains(name, connection));
}
