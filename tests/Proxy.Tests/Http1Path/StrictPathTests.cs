using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>What is refused on the whole path, what the client is told and what the log says; nothing ambiguous reaches the upstream.</summary>
public sealed class StrictPathTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505)]
    public async Task A_head_that_is_ambiguous_is_refused_with_a_sentence_and_a_record(string request, int status)
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));

        var answer = await path.ExchangeAsync(request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(".", answer, StringComparison.Ordinal);
        Assert.Equal(0, path.Upstream.Connections);
        Assert.Contains($"\"- - HTTP/1.1\" {status} DPE ", Assert.Single(await path.Proxy.LogAsync()), StringComparison.Ordinal);
        Assert.Contains($"response_code=\"{status}\"", path.Proxy.Metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_over_the_limit_is_431_and_the_answer_names_the_limit()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        var answer = await path.ExchangeAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 70_000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("Http1Limits.HeadBytes allows (61440).", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5;ext=\nhello\r\n0\r\n\r\n")]
    [InlineData("zz\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhelloXX0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n")]
    public async Task Chunks_that_break_a_rule_are_refused_and_never_end_for_the_upstream(string chunks)
    {
        foreach (var together in new[] { true, false })
        {
            var seen = new TaskCompletionSource<string>();
            var arrived = new TaskCompletionSource();
            await using var path = await PathProxy.StartAsync(async stream =>
            {
                await stream.HeadAsync();
                arrived.SetResult();
                try
                {
                    seen.SetResult(await stream.UntilAsync("never"));
                }
                catch (IOException)
                {
                    seen.SetResult("");
                }
            });
            await using var client = await path.ConnectAsync();
            const string Head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            await client.SendAsync(together ? Head + chunks : Head);
            if (!together)
            {
                await Eventually.InTimeAsync(arrived.Task);
                await client.SendAsync(chunks);
            }

            var answer = await client.ReadAllAsync();
            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.EndsWith(".", answer, StringComparison.Ordinal);
            Assert.Contains(" 400 DPE ", Assert.Single(await path.Proxy.LogAsync()), StringComparison.Ordinal);
            if (!together)
            {
                Assert.DoesNotContain("0\r\n\r\n", await Eventually.InTimeAsync(seen.Task), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_chunk_extension_of_ten_megabytes_is_refused_at_its_limit_and_named()
    {
        await using var path = await PathProxy.StartAsync(stream => stream.GoneAsync());
        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=");
        var sending = client.SendAsync(new string('x', 10 * 1024 * 1024) + "\r\nhello\r\n0\r\n\r\n");

        Assert.EndsWith(
            "Http1Limits.ChunkLineBytes allows (1024).",
            await client.ReadUntilAsync("Http1Limits.ChunkLineBytes allows (1024)."),
            StringComparison.Ordinal
        );
        await Task.WhenAny(sending);
        Assert.Contains(" 400 DPE ", Assert.Single(await path.Proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nx : 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nx: 1\n\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")]
    public async Task An_answer_that_is_ambiguous_is_a_bad_gateway(string answer)
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(answer));
        var got = await path.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502 ", got, StringComparison.Ordinal);
        Assert.Contains(" 502 UPE ", Assert.Single(await path.Proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OPTIONS_of_everything_goes_upstream_as_such()
    {
        var heads = new List<string>();
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok, heads));
        await path.ExchangeAsync("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("OPTIONS * HTTP/1.1\r\nhost: a\r\n", Assert.Single(heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CONNECT_is_no_route_even_where_every_request_has_one()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        // A client that does not wait for the tunnel must not have what it says in it taken for requests.
        var answer = await path.ExchangeAsync("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
        Assert.Equal(0, path.Upstream.Connections);
    }

    [Fact]
    public async Task A_configured_rewrite_that_would_split_the_request_line_is_not_sent()
    {
        await using var upstream = new RawUpstream(stream => UpstreamScript.Always(UpstreamScript.Ok)(stream));
        var rule = TestConfig.Rule(
            new RuleAction.Forward
            {
                Destinations = TestConfig.To(TestConfig.Cluster(upstream.EndPoint)),
                PathRewrite = PathRewrite.Matched("/x HTTP/1.1\r\nHost: evil\r\n\r\n"),
            },
            prefix: "/"
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(rule));
        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }
}
