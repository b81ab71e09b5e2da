using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Clients that leave or only finish sending, upstreams that close, and when a connection is used again.</summary>
public sealed class ConnectionEndTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public async Task A_client_that_has_finished_sending_still_gets_its_answer()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get + Get);
        client.FinishSending();

        var answers = await client.ReadAllAsync();

        Assert.Equal(2, answers.Split("\r\n\r\nok").Length - 1);
        Assert.All(await path.Proxy.LogAsync(2), line => Assert.Contains(" 200 - via_upstream ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_has_finished_sending_is_asked_whether_it_is_there_and_gets_a_late_answer()
    {
        var go = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await go.Task;
            await stream.SayAsync(UpstreamScript.Ok);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        client.FinishSending();

        Assert.Equal("HTTP/1.1 102 Processing\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        go.SetResult();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        Assert.Contains(" 200 - via_upstream ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_is_gone_is_DC_and_its_upstream_is_told(bool reset)
    {
        var arrived = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            arrived.SetResult();
            await stream.GoneAsync();
            closed.SetResult();
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        await Eventually.InTimeAsync(arrived.Task);
        if (reset)
        {
            client.Reset();
        }
        else
        {
            await client.DisposeAsync();
        }

        await Eventually.InTimeAsync(closed.Task);
        Assert.Contains(" 499 DC downstream_remote_disconnect ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n9\r\nhalf")]
    public async Task A_body_that_breaks_off_never_looks_whole_to_the_upstream(string body)
    {
        var seen = new TaskCompletionSource<string>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            var rest = "";
            try
            {
                rest = await stream.UntilAsync("never");
            }
            catch (IOException)
            {
                // Reset, as it should be.
            }

            seen.SetResult(rest);
        });
        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\n" + body);
        client.FinishSending();

        await client.ReadAllAsync();
        Assert.DoesNotContain("0\r\n\r\n", await Eventually.InTimeAsync(seen.Task), StringComparison.Ordinal);
        Assert.Contains(" 499 DC ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok\r\n")]
    public async Task An_upstream_that_says_more_than_its_answer_or_wants_to_close_is_not_used_again(string answer)
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync(answer);
            await stream.GoneAsync();
        });
        await using var client = await path.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Get);
            Assert.EndsWith("\r\n\r\nok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        }

        Assert.Equal(3, path.Upstream.Connections);
    }

    [Fact]
    public async Task One_upstream_connection_serves_many_requests_of_many_clients()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        for (var i = 0; i < 5; i++)
        {
            await using var client = await path.ConnectAsync();
            for (var j = 0; j < 5; j++)
            {
                await client.SendAsync(Get);
                Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
            }
        }

        Assert.Equal(1, path.Upstream.Connections);
    }

    [Fact]
    public async Task A_draining_proxy_answers_a_request_that_had_begun_and_says_that_it_is_the_last()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        await using var client = await path.ConnectAsync();
        await using var idle = await path.ConnectAsync();
        foreach (var one in new[] { client, idle })
        {
            await one.SendAsync(Get);
            await one.ReadUntilAsync("ok");
        }

        var port = path.Proxy.Outbound;
        await client.SendAsync(Get[..10]);

        var draining = path.Proxy.Server.DrainAsync(TimeSpan.FromMinutes(1));
        await RawClient.RefusedAsync(port);
        Assert.Equal("", await idle.ReadAllAsync());
        await client.SendAsync(Get[10..]);

        Assert.Contains("connection: close\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        await Eventually.InTimeAsync(draining);
    }

    [Fact]
    public async Task A_draining_proxy_waits_for_nobody_who_says_nothing()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        await using var client = await path.ConnectAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync("ok");

        await Eventually.InTimeAsync(path.Proxy.Server.DrainAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal("", await client.ReadAllAsync());
    }

    [Fact]
    public async Task A_timeout_counts_from_the_end_of_the_request_also_towards_HTTP_1_1()
    {
        await using var path = await PathProxy.StartAsync(
            async stream =>
            {
                await stream.HeadAsync();
                await stream.SayAsync("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
                await stream.GoneAsync();
            },
            timeout: TimeSpan.FromMilliseconds(50)
        );
        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
        await client.ReadUntilAsync("abc\r\n");
        await client.SendAsync("cd");

        Assert.DoesNotContain("0\r\n\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        Assert.Contains(" 200 UT ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }
}
