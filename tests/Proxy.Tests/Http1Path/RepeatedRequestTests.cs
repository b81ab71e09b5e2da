using Mesh.Proxy.Tests.Http;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Attempts that are given up while the request is still coming, and what the next one sends.</summary>
public sealed class RepeatedRequestTests
{
    private const int FirstPiece = 63_000;
    private const int WholeBody = 67_000;

    // The rest of the body, which takes it over the limit of what is kept, races with the answer that asks for another attempt.
    [Fact]
    public async Task A_body_that_grows_too_large_as_its_answer_asks_for_another_attempt_is_sent_whole_or_not_at_all()
    {
        var lengths = new List<int>();
        await using var upstream = new RawUpstream(async stream =>
        {
            if (await stream.HeadAsync() is not { Length: > 0 })
            {
                return;
            }

            await stream.ReadExactlyAsync(new byte[FirstPiece]);
            await stream.SayAsync("HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            await stream.GoneAsync();
        });
        await using var second = new RawUpstream(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 })
            {
                await stream.ReadExactlyAsync(new byte[WholeBody]);
                lock (lengths)
                {
                    lengths.Add(WholeBody);
                }

                await stream.SayAsync(UpstreamScript.Ok);
            }
        });
        await using var proxy = await RetryCase.StartAsync(
            RetryCase.Cluster(http2: false, upstream.EndPoint, second.EndPoint),
            RetryCase.Policy(RetryConditions.ServerError, avoid: true)
        );
        var random = new Random(3);
        var rest = new string('b', WholeBody - FirstPiece);
        var repeated = 0;
        for (var i = 0; i < 400; i++)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {WholeBody}\r\n\r\n{new string('a', FirstPiece)}");
            Thread.SpinWait(random.Next(20_000));
            await client.SendAsync(rest);
            var line = await client.ReadUntilAsync("\r\n");
            Assert.Contains(line, new[] { "HTTP/1.1 200 OK\r\n", "HTTP/1.1 503 No\r\n" });
            repeated += line.Contains("200", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.Equal(repeated, lengths.Count);
    }

    [Fact]
    public async Task A_try_that_says_no_more_than_an_interim_answer_is_given_up_for_the_next()
    {
        var tries = 0;
        await using var upstream = new RawUpstream(async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 })
            {
                if (Interlocked.Increment(ref tries) == 1)
                {
                    await stream.SayAsync("HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n");
                    await stream.GoneAsync();
                    return;
                }

                await stream.SayAsync(UpstreamScript.Ok);
            }
        });
        await using var proxy = await RetryCase.StartAsync(
            RetryCase.Cluster(http2: false, upstream.EndPoint),
            RetryCase.Policy(RetryConditions.Reset, tryTimeout: TimeSpan.FromMilliseconds(300))
        );

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.EndsWith("\r\n\r\nok", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_client_cannot_list_what_the_proxy_adds()
    {
        var heads = new List<string>();
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok, heads));

        await path.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: close, x-own, x-forwarded-for, x-forwarded-proto, x-request-id\r\n\r\n"
        );

        var head = Assert.Single(heads);
        Assert.DoesNotContain("x-own", head, StringComparison.Ordinal);
        Assert.Contains("x-forwarded-for: 1.2.3.4\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-forwarded-proto: http\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-request-id: ", head, StringComparison.Ordinal);
    }
}
