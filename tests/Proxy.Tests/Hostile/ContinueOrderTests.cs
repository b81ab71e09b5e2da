using Mesh.Proxy.Tests.Http1Path;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Every order in which a client that asks first, its body, the word to go on and the answer can come (RFC 9110 section 10.1.1).</summary>
public sealed class ContinueOrderTests
{
    private const string Ask = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    private const string GoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    private const string Next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task The_word_to_go_on_comes_from_the_upstream_and_once()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(GoOn + GoOn);
            Assert.Equal("body", await stream.UntilAsync("body"));
            await stream.SayAsync(GoOn + UpstreamScript.Ok);
            await UpstreamScript.Always(UpstreamScript.Ok)(stream);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask);
        Assert.Equal(GoOn, await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("body" + Next);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_wait_is_not_told_to_go_on()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            Assert.Equal("body", await stream.UntilAsync("body"));
            await stream.SayAsync(GoOn + UpstreamScript.Ok);
            await UpstreamScript.Always(UpstreamScript.Ok)(stream);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask + "body" + Next);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_before_the_word_ends_both_connections_and_what_is_sent_behind_it_is_no_request()
    {
        var heads = new List<string>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 } head)
            {
                lock (heads)
                {
                    heads.Add(head);
                }

                await stream.SayAsync(UpstreamScript.Ok);
            }
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask);
        Assert.Contains("connection: close\r\n", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        await client.SendAsync("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Equal("", await client.ReadAllAsync());
        lock (heads)
        {
            Assert.StartsWith("POST / ", Assert.Single(heads), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_upstream_that_ends_instead_is_a_failure_and_the_body_goes_nowhere()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(GoOn);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Ask);
        await client.ReadUntilAsync(GoOn);
        await client.SendAsync("bo");

        Assert.StartsWith("HTTP/1.1 503 ", await client.ReadAllAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1", "Expect: something-else\r\n")]
    [InlineData("HTTP/1.0", "Expect: 100-continue\r\n")]
    public async Task Who_cannot_wait_gets_no_interim_answer(string version, string expect)
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(GoOn);
            Assert.Equal("body", await stream.UntilAsync("body"));
            await stream.SayAsync(UpstreamScript.Ok);
            await stream.GoneAsync();
        });

        var answer = await path.ExchangeAsync($"POST / {version}\r\nHost: a\r\n{expect}Connection: close\r\nContent-Length: 4\r\n\r\nbody");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_has_the_upstream_reset()
    {
        var gone = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(GoOn);
            await stream.GoneAsync();
            gone.SetResult();
        });
        await using (var client = await path.ConnectAsync())
        {
            await client.SendAsync(Ask);
            await client.ReadUntilAsync(GoOn);
        }

        await Eventually.InTimeAsync(gone.Task);
        Assert.Contains(" 499 DC ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }
}
