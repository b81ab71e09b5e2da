namespace Mesh.Proxy.Tests.Http1Path;

public sealed class UpgradePathTests
{
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n\r\n";
    private const string Agree = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

    [Fact]
    public async Task Bytes_go_both_ways_after_an_upgrade_those_behind_the_heads_too_and_are_counted()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            var head = await stream.HeadAsync();
            Assert.Contains("upgrade: websocket\r\n", head, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("connection: upgrade\r\n", head, StringComparison.OrdinalIgnoreCase);
            await stream.SayAsync(Agree + "hello");
            Assert.Equal("early", await stream.UntilAsync("early"));
            await stream.SayAsync(" again");
            Assert.Equal(" and late", await stream.UntilAsync("late"));
            await stream.SayAsync(" bye");
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask + "early");
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal("hello again", await client.ReadUntilAsync("again"));
        await client.SendAsync(" and late");

        Assert.Equal(" bye", await client.ReadAllAsync());
        Assert.Contains(" 101 - via_upstream - \"-\" 14 15 ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_finishes_first_hears_the_upstream_out()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(Agree);
            await stream.UntilAsync("never");
            await stream.SayAsync("last words");
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask);
        await client.ReadUntilAsync("\r\n\r\n");
        client.FinishSending();
        Assert.Equal("last words", await client.ReadAllAsync());
    }

    [Fact]
    public async Task An_upgrade_that_is_refused_leaves_ordinary_HTTP()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always("HTTP/1.1 426 No\r\ncontent-length: 2\r\n\r\nok"));
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 426 ", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 426 ", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("h2c")]
    [InlineData("websocket, h2c")]
    [InlineData("tls/1.0")]
    public async Task Other_protocols_are_not_offered_to_the_upstream(string protocol)
    {
        var heads = new List<string>();
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok, heads));
        var answer = await path.ExchangeAsync(
            $"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: {protocol}\r\nHTTP2-Settings: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n"
        );
        Assert.EndsWith("ok", answer, StringComparison.Ordinal);
        foreach (var gone in new[] { "upgrade:", "http2-settings", "connection:" })
        {
            Assert.DoesNotContain(gone, Assert.Single(heads), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_switch_to_another_protocol_than_the_one_asked_for_is_a_bad_gateway()
    {
        await using var path = await PathProxy.StartAsync(
            UpstreamScript.Always("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n")
        );
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask);
        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }
}
