using System.IO.Compression;
using System.Net;
using System.Text;
using Mesh.Proxy.Http;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Http;

/// <summary>Each default that would change traffic, seen from outside where it can be seen.</summary>
public sealed class TrafficDefaultsTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("/a/../b%2fc")]
    [InlineData("//double//slash/")]
    [InlineData("/%e4%2E%2e/?q=%20&%20=x?y/../z")]
    [InlineData("/a\\b;p=1/./c")]
    [InlineData("/?")]
    [InlineData("/a|b<c>^`{}")]
    public async Task The_target_goes_through_byte_for_byte(string target)
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(Ok, heads);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await RawClient.ExchangeAsync(proxy.Outbound, $"GET {target} HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"GET {target} HTTP/1.1\r\n", Assert.Single(heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_bytes_go_through_both_ways()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 OK\r\nX-Name: Ren\u00e9 \u00ff\r\nContent-Length: 2\r\n\r\nok",
            heads
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET / HTTP/1.1\r\nHost: reviews\r\nX-City: K\u00f6ln \u0080\r\nConnection: close\r\n\r\n"
        );

        Assert.Contains("X-City: K\u00f6ln \u0080\r\n", Assert.Single(heads), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("X-Name: Ren\u00e9 \u00ff\r\n", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_is_added_to_a_request_but_what_the_mesh_adds()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(Ok, heads);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        using var activity = new System.Diagnostics.Activity("of the proxy's own").Start();

        await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET / HTTP/1.1\r\nHost: under_score.reviews:9080\r\nx-request-id: 7\r\nUpgrade-Insecure-Requests: 1\r\nConnection: close\r\n\r\n"
        );

        // Names are compared without case: the server in front knows some in its own spelling.
        var lines = Assert.Single(heads).ToLowerInvariant().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "get / http/1.1",
                "host: under_score.reviews:9080",
                "upgrade-insecure-requests: 1",
                "x-forwarded-proto: http",
                "x-request-id: 7",
            ],
            lines.Take(1).Concat(lines.Skip(1).Order(StringComparer.Ordinal))
        );
    }

    [Fact]
    public async Task Nothing_is_added_to_a_response_and_its_date_stays()
    {
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 Fine\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok",
            []
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 Fine\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Date: Sat, 01 Jan 2000 00:00:00 GMT\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Server:", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bodies_have_no_limit(bool http2)
    {
        const int Size = 33 * 1024 * 1024;
        await using var upstream = await WebUpstream.StartAsync(
            http2,
            async context =>
            {
                var buffer = new byte[64 * 1024];
                long total = 0;
                for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; )
                {
                    total += read;
                }

                await context.Response.WriteAsync(total.ToString());
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.SameAsClient);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        using var request = Request(HttpMethod.Post, http2);
        request.Content = new ByteArrayContent(new byte[Size]);
        using var response = await client.SendAsync(request, CancellationToken.None);

        Assert.Equal(Size.ToString(), await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Redirects_cookies_and_compressed_bodies_are_the_clients_business()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync("hello"u8.ToArray());
        }

        var body = Encoding.Latin1.GetString(packed.ToArray());
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=1\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            heads
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        const string Get = "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n";
        var answer = await RawClient.ExchangeAsync(proxy.Outbound, Get);
        await RawClient.ExchangeAsync(proxy.Outbound, Get);

        Assert.StartsWith("HTTP/1.1 302 Found\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(body, answer, StringComparison.Ordinal);
        Assert.Equal(2, heads.Count);
        Assert.DoesNotContain(heads, head => head.Contains("cookie", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(heads, head => head.Contains("accept-encoding", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(50, "HTTP/1.1 200 ")]
    [InlineData(70, "HTTP/1.1 431 ")]
    public async Task Request_heads_may_have_60_KiB(int kibibytes, string expected)
    {
        await using var upstream = RawUpstream.Answering(Ok, []);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var large = new string('x', kibibytes * 1024);
        var answer = await RawClient.ExchangeAsync(
            proxy.Outbound,
            $"GET / HTTP/1.1\r\nHost: reviews\r\nX-Large: {large}\r\nConnection: close\r\n\r\n"
        );

        Assert.StartsWith(expected, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, "HTTP/1.1 200 ")]
    [InlineData(70, "HTTP/1.1 502 ")]
    public async Task Response_heads_may_have_60_KiB(int kibibytes, string expected)
    {
        var large = new string('x', kibibytes * 1024);
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\r\nX-Large: {large}\r\nContent-Length: 2\r\n\r\nok", []);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith(expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_it_from_the_upstream()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            var head = await RawUpstream.ReadHeadAsync(stream);
            Assert.Contains("Expect: 100-continue", head, StringComparison.OrdinalIgnoreCase);
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
            var body = new byte[4];
            await stream.ReadExactlyAsync(body);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"));
            await stream.WriteAsync(body);
        });
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(
            "POST / HTTP/1.1\r\nHost: reviews\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
        );
        var first = await client.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("body");
        var answer = await client.ReadAllAsync();

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", first);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("body", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absolute_target_is_taken_as_HTTP_proxies_take_it_and_its_authority_wins()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(Ok, heads);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET http://reviews:9080/a%2fb?c HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n"
        );

        var head = Assert.Single(heads);
        Assert.StartsWith("GET /a%2fb?c HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("host: reviews:9080\r\n", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_HTTP2_client_may_say_https_in_the_clear()
    {
        await using var upstream = await WebUpstream.StartAsync(http2: true, context => context.Response.WriteAsync("ok"));
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        // Preface, empty SETTINGS, then HEADERS: :method GET, :scheme https, :path /, :authority reviews (HPACK static and literal).
        byte[] block = [0x82, 0x87, 0x84, 0x41, 0x07, .. "reviews"u8];
        byte[] frames =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 },
            .. new byte[] { 0, 0, (byte)block.Length, 1, 5, 0, 0, 0, 1 },
            .. block,
        ];
        await client.Stream.WriteAsync(frames);
        Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_that_take_minutes_or_gigabytes_to_see_are_set()
    {
        var options = new KestrelServerOptions();
        TrafficDefaults.Apply(options, TrafficLimits.Default);
        var limits = options.Limits;

        Assert.False(options.AllowSynchronousIO);
        Assert.Null(limits.MaxRequestBodySize);
        Assert.Null(limits.MinRequestBodyDataRate);
        // Only what a client keeps from being sent is timed, and no sooner than a stream that stands still.
        Assert.Equal((240, TimeSpan.FromMinutes(5)), (limits.MinResponseDataRate!.BytesPerSecond, limits.MinResponseDataRate.GracePeriod));
        Assert.Null(limits.MaxConcurrentConnections);
        Assert.Null(limits.MaxConcurrentUpgradedConnections);
        Assert.Equal(TimeSpan.FromHours(1), limits.KeepAliveTimeout);
        Assert.Equal(TimeSpan.FromMinutes(1), limits.RequestHeadersTimeout);
        Assert.Equal(1024, limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(256 * 1024, limits.Http2.InitialStreamWindowSize);
        Assert.Equal(1024 * 1024, limits.Http2.InitialConnectionWindowSize);
        Assert.Equal(TimeSpan.MaxValue, limits.Http2.KeepAlivePingDelay); // how Kestrel keeps "never"

        using var handler = TrafficDefaults.Http2Handler(ClusterLimits.None, (_, _) => throw new NotSupportedException());
        Assert.False(handler.UseProxy);
        Assert.Null(handler.Credentials);
        Assert.Equal(int.MaxValue, handler.MaxConnectionsPerServer);
        Assert.True(handler.EnableMultipleHttp2Connections);
        Assert.Equal(TimeSpan.FromHours(1), handler.PooledConnectionIdleTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.PooledConnectionLifetime);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.ConnectTimeout);

        foreach (var http2 in new[] { false, true })
        {
            var forward = TrafficDefaults.Forwarder(http2);
            Assert.Equal(http2 ? HttpVersion.Version20 : HttpVersion.Version11, forward.Version);
            Assert.Equal(HttpVersionPolicy.RequestVersionExact, forward.VersionPolicy);
            Assert.Equal(Timeout.InfiniteTimeSpan, forward.ActivityTimeout);
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, bool http2) =>
        new(method, "http://reviews:9080/")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}
