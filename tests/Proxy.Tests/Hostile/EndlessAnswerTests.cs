using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Upstreams whose answers do not come to their point: given up within the limits of heads, whatever both sides speak.</summary>
[Collection(nameof(Alone))]
public sealed class EndlessAnswerTests
{
    private const long MostMemory = 64 * 1024 * 1024;

    private static readonly TrafficLimits Small = new() { MaxHeadBytes = 2000, MaxHeaders = 10 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Heads_of_HTTP_2_answers_are_as_large_as_the_settings_say(bool fromHttp2)
    {
        var fields = Array.Empty<(string, string)>();
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            while (await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers) is { } request)
            {
                await peer.SendAsync(Http2Wire.Headers, 5, request.Stream, Http2Wire.Block([(":status", "200"), .. fields]));
            }
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(cluster)),
            options => options with { Limits = Small }
        );

        Assert.Equal("200", await StatusAsync());
        fields = [("x", new string('a', 1900))];
        Assert.Equal("200", await StatusAsync());
        fields = [("x", new string('a', 2000))];
        Assert.Equal("502", await StatusAsync());
        fields = [.. Enumerable.Range(0, 11).Select(i => ($"x-{i}", "1"))];
        Assert.Equal("502", await StatusAsync());

        async Task<string> StatusAsync()
        {
            if (!fromHttp2)
            {
                var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                return answer.Split(' ')[1];
            }

            using var client = proxy.Client();
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://reviews/")
            {
                Version = System.Net.HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await client.SendAsync(request, CancellationToken.None);
            return $"{(int)response.StatusCode}";
        }
    }

    [Theory]
    [InlineData(false, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")]
    [InlineData(true, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")]
    [InlineData(false, "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData(true, "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData(false, "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")]
    [InlineData(true, "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")]
    public async Task Interim_answers_and_heads_have_an_end(bool fromHttp2, string piece)
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(piece.StartsWith('x') ? "HTTP/1.1 200 OK\r\n" : "");
            var many = string.Concat(Enumerable.Repeat(piece, 1000));
            while (true)
            {
                await stream.SayAsync(many);
            }
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        if (fromHttp2)
        {
            await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
            await client.SendAsync(Http2Wire.Get(1));
            Assert.NotNull(await client.UntilAsync(frame => frame.EndsStream));
        }
        else
        {
            await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        }

        Assert.Contains(" 502 UPE ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }
}
