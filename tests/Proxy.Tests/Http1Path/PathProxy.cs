using System.Text;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>A proxy in front of one scripted HTTP/1.1 upstream, and a raw client: what each side says is bytes.</summary>
internal sealed class PathProxy : IAsyncDisposable
{
    private PathProxy(RawUpstream upstream, TestProxy proxy)
    {
        Upstream = upstream;
        Proxy = proxy;
    }

    public RawUpstream Upstream { get; }

    public TestProxy Proxy { get; }

    public static async Task<PathProxy> StartAsync(Func<Stream, Task> upstream, TimeSpan timeout = default)
    {
        var server = new RawUpstream(stream => upstream(stream));
        var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(server.EndPoint), timeout)));
        return new PathProxy(server, proxy);
    }

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Proxy.Outbound);

    public Task<string> ExchangeAsync(string request) => RawClient.ExchangeAsync(Proxy.Outbound, request);

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
