using System.Security.Cryptography;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Bodies of every framing and size, both ways.</summary>
public sealed class BodyTests
{
    [Fact]
    public async Task Chunks_and_trailers_go_both_ways_but_for_trailers_that_nobody_may_send()
    {
        var seen = new TaskCompletionSource<string>();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            var head = await stream.HeadAsync();
            seen.SetResult(head + await stream.UntilAsync("\r\n\r\n"));
            await stream.SayAsync(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 9\r\nset-cookie: a\r\n\r\n"
            );
            await stream.GoneAsync();
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n"
                + "5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nX-End: 1\r\nAuthorization: x\r\n\r\n"
        );
        var answer = await client.ReadUntilAsync("\r\n0\r\nx-sum: 9\r\n\r\n");

        Assert.EndsWith("\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nx-end: 1\r\n\r\n", await seen.Task, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 9\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(" 200 - via_upstream - \"-\" 6 5 ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(64 * 1024, true)]
    [InlineData(64 * 1024, false)]
    [InlineData(8 * 1024 * 1024, true)]
    [InlineData(8 * 1024 * 1024, false)]
    public async Task A_body_of_any_size_arrives_whole_both_ways(int size, bool sized)
    {
        var body = new byte[size];
        new Random(size).NextBytes(body);
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            async http =>
            {
                using var copy = new MemoryStream();
                await http.Request.Body.CopyToAsync(copy);
                http.Response.Headers["x-sha"] = Convert.ToHexString(SHA256.HashData(copy.ToArray()));
                http.Response.ContentLength = sized ? copy.Length : null;
                copy.Position = 0;
                await copy.CopyToAsync(http.Response.Body);
            }
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        using var client = proxy.Client();

        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://a/") { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = !sized;
            using var response = await client.SendAsync(request, CancellationToken.None);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), response.Headers.GetValues("x-sha").Single());
            Assert.True((await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(body));
        }
    }

    [Fact]
    public async Task A_body_that_ends_with_the_upstreams_connection_is_chunked_and_the_clients_connection_kept()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 200 OK\r\n\r\nto the end");
        });

        await using var client = await path.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            var answer = await client.ReadUntilAsync("0\r\n\r\n");
            Assert.Contains("transfer-encoding: chunked\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("a\r\nto the end\r\n", answer, StringComparison.Ordinal);
        }

        Assert.Equal(2, path.Upstream.Connections);
    }

    [Fact]
    public async Task An_HTTP_1_0_client_gets_no_chunks_and_no_interim_answers()
    {
        await using var path = await PathProxy.StartAsync(
            UpstreamScript.Always(
                "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            )
        );

        var answer = await path.ExchangeAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nabc", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_HTTP_1_0_client_that_asks_for_it_keeps_its_connection()
    {
        await using var path = await PathProxy.StartAsync(UpstreamScript.Always(UpstreamScript.Ok));
        await using var client = await path.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            Assert.Contains("connection: keep-alive\r\n", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_HTTP_1_0_client_is_cut_where_the_end_of_the_connection_would_look_like_the_end_of_a_truncated_body()
    {
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        await Assert.ThrowsAsync<IOException>(() => client.Stream.CopyToAsync(Stream.Null));
        Assert.Contains(" 200 UC ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_without_a_body_leave_both_connections_in_step()
    {
        var answers = new Queue<string>([
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n",
            UpstreamScript.Ok,
        ]);
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            while ((await stream.HeadAsync()).Length > 0)
            {
                await stream.SayAsync(answers.Dequeue());
            }
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Contains("content-length: 5\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Contains("content-length: 7\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.EndsWith("\r\n\r\nok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        Assert.Equal(1, path.Upstream.Connections);
    }

    [Fact]
    public async Task The_same_bytes_mean_the_same_however_they_are_split()
    {
        const string Requests =
            "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n0\r\nx-t: 1\r\n\r\n"
            + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\nPUT /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n1234567"
            + "HEAD /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            async http =>
            {
                using var copy = new MemoryStream();
                await http.Request.Body.CopyToAsync(copy);
                http.Response.ContentLength = copy.Length;
                http.Response.Headers["x-path"] = http.Request.Path.Value;
                await http.Response.Body.WriteAsync(copy.ToArray());
            }
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        var random = new Random(11);
        for (var round = 0; round < 60; round++)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Outbound);
            var bytes = PathProxy.Bytes(Requests);
            for (var at = 0; at < bytes.Length; )
            {
                var count = Math.Min(round == 0 ? 1 : random.Next(1, 40), bytes.Length - at);
                await client.Stream.WriteAsync(bytes.AsMemory(at, count));
                at += count;
                await Task.Yield();
            }

            var answers = await client.ReadAllAsync();
            Assert.Equal(4, Count(answers, "HTTP/1.1 200 OK\r\n"));
            Assert.True(answers.IndexOf("x-path: /1", StringComparison.Ordinal) < answers.IndexOf("x-path: /2", StringComparison.Ordinal));
            Assert.Contains("\r\n\r\nhelloHTTP/1.1", answers, StringComparison.Ordinal);
            Assert.Contains("\r\n\r\n1234567HTTP/1.1", answers, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_upstream()
    {
        const int Size = 64 * 1024 * 1024;
        long sent = 0;
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await stream.SayAsync($"HTTP/1.1 200 OK\r\ncontent-length: {Size}\r\n\r\n");
            var piece = new byte[64 * 1024];
            for (; sent < Size; Volatile.Write(ref sent, sent + piece.Length))
            {
                await stream.WriteAsync(piece);
            }

            await stream.GoneAsync();
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await RestsAsync(() => Volatile.Read(ref sent));
        Assert.InRange(Volatile.Read(ref sent), 1, 32 * 1024 * 1024);

        var head = await client.ReadUntilAsync("\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        var rest = new byte[1024 * 1024];
        for (long read = 0; read < Size; )
        {
            var count = await Eventually.InTimeAsync(client.Stream.ReadAsync(rest).AsTask());
            Assert.True(count > 0);
            read += count;
        }
    }

    [Fact]
    public async Task An_upstream_that_does_not_read_holds_the_client()
    {
        const int Size = 64 * 1024 * 1024;
        var go = new TaskCompletionSource();
        await using var path = await PathProxy.StartAsync(async stream =>
        {
            await stream.HeadAsync();
            await go.Task;
            var rest = new byte[1024 * 1024];
            for (long read = 0; read < Size; )
            {
                read += await stream.ReadAsync(rest);
            }

            await stream.SayAsync(UpstreamScript.Ok);
        });

        await using var client = await path.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Size}\r\n\r\n");
        long sent = 0;
        var sending = Task.Run(async () =>
        {
            var piece = new byte[64 * 1024];
            for (; sent < Size; Volatile.Write(ref sent, sent + piece.Length))
            {
                await client.Stream.WriteAsync(piece);
            }
        });
        await RestsAsync(() => Volatile.Read(ref sent));
        Assert.InRange(Volatile.Read(ref sent), 1, 32 * 1024 * 1024);

        go.SetResult();
        await Eventually.InTimeAsync(sending);
        Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);
        Assert.Contains($" {Size} 2 ", (await path.Proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    // Until the count has stood still for a while.
    private static async Task RestsAsync(Func<long> count)
    {
        long last = -1;
        var same = 0;
        await Eventually.TrueAsync(
            () =>
            {
                var now = count();
                same = now == last && now > 0 ? same + 1 : 0;
                last = now;
                return same > 30;
            },
            "the sender to be held"
        );
    }

    private static int Count(string text, string part) =>
        (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;
}
