using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Answers that come before the request has ended, interim ones, and clients that wait for them.</summary>
public sealed class EarlyAnswerTests
{
    [Fact]
    public async Task An_answer_before_the_end_of_the_request_arrives_at_once_and_ends_both_connections()
    {
        var closed = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig");
            await stream.GoneAsync();
            closed.TrySetResult();
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
        var answer = await client.ReadAllAsync();

        Assert.StartsWith("HTTP/1.1 413 Too Large\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nbig", answer, StringComparison.Ordinal);
        await Eventually.InTimeAsync(closed.Task);
        Assert.Contains(" 413 - via_upstream ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_answers_and_closes_without_reading_the_body_is_heard()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 401 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
        var sending = Task.Run(async () =>
        {
            try
            {
                await client.Stream.WriteAsync(new byte[3_000_000]);
            }
            catch (IOException)
            {
                // The proxy reads only a little of what nobody wants.
            }
        });
        Assert.StartsWith("HTTP/1.1 401 No\r\n", await client.ReadUntilAsync("\r\n\r\nno"), StringComparison.Ordinal);
        await Eventually.InTimeAsync(sending);
    }

    [Fact]
    public async Task Both_sides_may_talk_at_once()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            for (var i = 0; i < 5; i++)
            {
                var chunk = await stream.UntilAsync($"ping{i}\r\n");
                Assert.StartsWith("5\r\n", chunk, StringComparison.Ordinal);
                await stream.SayAsync($"5\r\npong{i}\r\n");
            }

            Assert.Equal("0\r\n\r\n", await stream.UntilAsync("\r\n\r\n"));
            await stream.SayAsync("0\r\n\r\n");
            await stream.GoneAsync();
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync($"5\r\nping{i}\r\n");
            Assert.Equal($"5\r\npong{i}\r\n", await client.ReadUntilAsync($"pong{i}\r\n"));
        }

        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", await client.ReadAllAsync());
    }

    [Fact]
    public async Task Interim_answers_go_to_the_client_before_the_final_one()
    {
        var go = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\nconnection: x\r\n\r\n");
            await go.Task;
            await stream.SayAsync(UpstreamScript.Ok);
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        // Nobody waited for the 100.
        Assert.Equal("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        go.SetResult();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_waits_and_is_refused_knows_that_its_connection_ends()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            Assert.Contains("expect: 100-continue\r\n", await stream.HeadAsync(), StringComparison.OrdinalIgnoreCase);
            await stream.SayAsync("HTTP/1.1 417 No\r\ncontent-length: 0\r\n\r\n");
            await stream.GoneAsync();
        });

        var answer = await path.ExchangeAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 417 No\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
    }
}
