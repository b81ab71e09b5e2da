using Mesh.Proxy.Routing.Mirrors;

namespace Mesh.Proxy.Tests.Routing;

public sealed class ShadowAuthorityTests
{
    [Theory]
    [InlineData("reviews", "reviews-shadow")]
    [InlineData("reviews.shop:9080", "reviews.shop-shadow:9080")]
    [InlineData("[2001:db8::1]", "[2001:db8::1]-shadow")]
    [InlineData("[2001:db8::1]:80", "[2001:db8::1]-shadow:80")]
    public void The_mark_stands_behind_the_host(string authority, string marked) => Assert.Equal(marked, ShadowAuthority.Of(authority));
}
