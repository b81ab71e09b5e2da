using System.Collections.Concurrent;
using System.Net;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Http;

/// <summary>Bodies of which a service sees the beginning before it decides about their request.</summary>
[Collection(nameof(Alone))]
public sealed class CheckedBodyTests
{
    [Theory]
    [InlineData(false, true, 300_000, 100_000)]
    [InlineData(false, false, 300_000, 100_000)]
    [InlineData(false, true, 90_000, 100_000)]
    [InlineData(false, false, 90_000, 100_000)]
    [InlineData(true, false, 300_000, 100_000)]
    [InlineData(true, false, 90_000, 100_000)]
    public async Task The_service_sees_as_much_as_it_may_and_the_upstream_all(bool http2, bool chunked, int size, int shown)
    {
        var seen = new ConcurrentBag<byte[]>();
        await using var guard = await GuardAsync(seen);
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            async context => await context.Request.Body.CopyToAsync(context.Response.Body)
        );
        await using var proxy = await ProxyAsync(guard, upstream, shown, partial: size > shown);
        using var client = proxy.Client();
        var body = new byte[size];
        new Random(1).NextBytes(body);
        using var request = Request(body, http2, chunked);

        using var response = await Eventually.InTimeAsync(client.SendAsync(request, CancellationToken.None));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body[..Math.Min(size, shown)], Assert.Single(seen));
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_the_service_does_not_see_is_not_kept_for_it()
    {
        const int Size = 256 * 1024 * 1024;
        await using var guard = await GuardAsync([]);
        await using var upstream = await WebUpstream.StartAsync(http2: false, context => context.Request.Body.CopyToAsync(Stream.Null));
        await using var proxy = await ProxyAsync(guard, upstream, shown: 1000, partial: true);
        using var client = proxy.Client();
        using var request = Request(new byte[Size], http2: false, chunked: false);
        var before = GC.GetTotalAllocatedBytes();

        using var response = await Eventually.InTimeAsync(client.SendAsync(request, CancellationToken.None));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Size / 2);
    }

    private static Task<WebUpstream> GuardAsync(ConcurrentBag<byte[]> seen) =>
        WebUpstream.StartAsync(
            http2: false,
            async context =>
            {
                using var all = new MemoryStream();
                await context.Request.Body.CopyToAsync(all);
                seen.Add(all.ToArray());
            }
        );

    private static Task<TestProxy> ProxyAsync(WebUpstream guard, WebUpstream upstream, int shown, bool partial)
    {
        var asked = TestConfig.Cluster(guard.EndPoint, name: "guard");
        var check = new ExternalCheck
        {
            OverGrpc = false,
            ClusterName = asked.Name,
            BodyBytes = shown,
            AllowPartialBody = partial,
        };
        return TestProxy.StartAsync(
            TestConfig.Config(
                byAuthority: TestConfig.Routes(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))),
                clusters: [asked],
                security: new() { Authorization = new AuthorizationPlan([new AuthorizationStep.Ask(check, When: null)]) }
            )
        );
    }

    private static HttpRequestMessage Request(byte[] body, bool http2, bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://reviews/")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Headers.TransferEncodingChunked = chunked ? true : null;
        return request;
    }
}
