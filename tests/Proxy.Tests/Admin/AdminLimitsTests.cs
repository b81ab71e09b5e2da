using Mesh.Proxy.Admin;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Admin;

public sealed class AdminLimitsTests
{
    [Fact]
    public void Limits_that_take_minutes_or_gigabytes_to_see_are_set()
    {
        var options = new KestrelServerOptions();
        AdminLimits.Apply(options);

        Assert.False(options.AddServerHeader);
        Assert.Equal(64 * 1024, options.Limits.MaxRequestBodySize);
        Assert.Equal(16 * 1024, options.Limits.MaxRequestHeadersTotalSize);
        Assert.Equal(TimeSpan.FromSeconds(10), options.Limits.RequestHeadersTimeout);
        Assert.Equal(TimeSpan.FromMinutes(2), options.Limits.KeepAliveTimeout);
        Assert.Equal(240, options.Limits.MinRequestBodyDataRate?.BytesPerSecond);
        Assert.Equal(240, options.Limits.MinResponseDataRate?.BytesPerSecond);
    }
}
