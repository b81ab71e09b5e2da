using System.Text;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class XxHash64Tests
{
    // What xxhsum -H1 prints for them.
    [Theory]
    [InlineData("", 0xef46db3751d8e999)]
    [InlineData("a", 0xd24ec4f1a98c6e5b)]
    [InlineData("abc", 0x44bc2cf5ad770999)]
    [InlineData("outbound|9080|v1|reviews.default.svc.cluster.local", 0xfac10d109788e051)]
    [InlineData("0123456789abcdef0123456789abcdef", 0x642a94958e71e6c5)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234", 0xaef32340f135bc67)]
    public void Known_texts_have_their_known_hashes(string text, ulong expected) =>
        Assert.Equal(expected, XxHash64.Of(Encoding.ASCII.GetBytes(text)));
}
