using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Generation;

public sealed class GrpcLibrariesTests
{
    [Theory]
    [InlineData("gRPC C-core linux", "C-core 27.0.0", true)]
    [InlineData("gRPC C-core linux", "C-core 28.1.0", false)]
    [InlineData("gRPC C-core linux", "C-core 29.0.0", false)]
    [InlineData("gRPC C-core linux", "C-core 31.0.0", true)]
    [InlineData("gRPC C-core linux", "", false)]
    [InlineData("gRPC Node Pure JS", "1.14.1", true)]
    [InlineData("gRPC Go", "1.29.0", true)]
    public void Versions_that_crash_under_ring_hash_do_not_get_it(string name, string version, bool can) =>
        Assert.Equal(can, GrpcLibraries.CanRingHash(NodeInfo.Parse(new Pb.Node { UserAgentName = name, UserAgentVersion = version })));
}
