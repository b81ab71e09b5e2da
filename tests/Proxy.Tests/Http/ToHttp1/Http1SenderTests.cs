using System.Net;
using System.Text;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Http.ToHttp1;

/// <summary>What an HTTP/2 client's request becomes on an HTTP/1.1 connection, byte by byte, and what of an answer reaches the client.</summary>
public sealed class Http1SenderTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    [Fact]
    public async Task A_body_of_known_length_is_sent_with_its_length_and_the_connection_is_used_again()
    {
        var received = new List<string>();
        await using var upstream = Reading(received, 5, Ok);
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        for (var i = 0; i < 3; i++)
        {
            using var response = await SendAsync(client, new StringContent("hello"));
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(3, received.Count);
        Assert.All(received, one => Assert.Contains("\r\ncontent-length: 5\r\n", one, StringComparison.Ordinal));
        Assert.All(received, one => Assert.EndsWith("\r\n\r\nhello", one, StringComparison.Ordinal));
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task A_body_without_length_is_chunked_piece_by_piece_with_its_trailers_behind()
    {
        var received = new TaskCompletionSource<string>();
        await using var upstream = new RawUpstream(async stream =>
        {
            var text = await RawUpstream.ReadHeadAsync(stream);
            while (!text.EndsWith("0\r\nx-sum: 7\r\n\r\n", StringComparison.Ordinal))
            {
                var more = await RawUpstream.ReadHeadAsync(stream);
                Assert.NotEmpty(more);
                text += more;
            }

            received.SetResult(text);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Ok));
        });
        await using var proxy = await ProxyAsync(upstream);

        var status = await Eventually.InTimeAsync(Http2Trailers.PostAsync(proxy.Outbound, "reviews", "hello", ("x-sum", "7")));

        Assert.Equal(0x88, status); // :status 200 in HPACK's table
        var request = await Eventually.InTimeAsync(received.Task);
        Assert.Contains("\r\ntransfer-encoding: chunked\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunks_arrive_as_they_come_and_trailers_behind_them()
    {
        var next = new SemaphoreSlim(0);
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await WriteAsync(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\none\r\n");
            await next.WaitAsync();
            await WriteAsync(stream, "3\r\ntwo\r\n0\r\nx-t");
            await next.WaitAsync();
            await WriteAsync(stream, "rail: é\r\ncache-control: no-store\r\n\r\n");
            await RawUpstream.ReadHeadAsync(stream);
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        using var response = await SendAsync(client, null);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64];
        Assert.Equal(3, await body.ReadAsync(buffer));
        next.Release();
        Assert.Equal(3, await body.ReadAsync(buffer));
        next.Release();
        Assert.Equal(0, await body.ReadAsync(buffer));

        Assert.Equal("é", response.TrailingHeaders.GetValues("x-trail").Single());
        Assert.False(response.TrailingHeaders.Contains("cache-control"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")]
    public async Task A_connection_that_the_answer_ends_or_outruns_is_not_used_again(string answer)
    {
        var received = new List<string>();
        await using var upstream = RawUpstream.Answering(answer, received);
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        for (var i = 0; i < 3; i++)
        {
            using var response = await SendAsync(client, null);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(3, upstream.Connections);
    }

    [Fact]
    public async Task A_body_that_only_the_connection_ends_is_read_to_that_end()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await WriteAsync(stream, "HTTP/1.1 200 OK\r\n\r\n" + new string('x', 100_000));
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        using var response = await SendAsync(client, null);

        Assert.Equal(100_000, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n\r\n")]
    public async Task An_answer_that_could_be_read_in_two_ways_is_502(string answer)
    {
        await using var upstream = RawUpstream.Answering(answer, []);
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        using var response = await SendAsync(client, null);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("protocol error", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(" 502 UPE ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\n\r\n")]
    public async Task An_answer_that_breaks_off_or_breaks_its_framing_does_not_look_whole(string answer)
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await WriteAsync(stream, answer);
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await SendAsync(client, null);
            await response.Content.ReadAsByteArrayAsync();
        });

        Assert.Contains(" 200 UC ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_early_answer_reaches_a_client_that_is_still_sending()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await WriteAsync(stream, "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig");
            await Eventually.InTimeAsync(stream.CopyToAsync(Stream.Null));
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();
        using var endless = new FlushingContent();

        using var response = await Eventually.InTimeAsync(SendAsync(client, endless));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("big", await Eventually.InTimeAsync(response.Content.ReadAsStringAsync()));
        Assert.Contains(" 413 - ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_of_a_client_that_asks_first_waits_for_100_and_is_not_sent_after_a_refusal()
    {
        var bodies = 0;
        await using var upstream = new RawUpstream(async stream =>
        {
            var head = await RawUpstream.ReadHeadAsync(stream);
            Assert.Contains("expect: 100-continue\r\n", head, StringComparison.OrdinalIgnoreCase);
            if (head.Contains("/refused", StringComparison.Ordinal))
            {
                await WriteAsync(stream, "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
            }
            else
            {
                await WriteAsync(stream, "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                await stream.ReadExactlyAsync(new byte[5]);
                Interlocked.Increment(ref bodies);
                await WriteAsync(stream, Ok);
            }

            if (await stream.ReadAsync(new byte[1]) > 0)
            {
                Interlocked.Increment(ref bodies);
            }
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();

        using var refused = await SendAsync(client, new StringContent("hello"), "/refused", expect: true);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var taken = await SendAsync(client, new StringContent("hello"), "/taken", expect: true);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);

        Assert.Equal(1, bodies);
    }

    [Fact]
    public async Task A_client_that_leaves_resets_the_connection_under_its_request()
    {
        var closed = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await Assert.ThrowsAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
            closed.SetResult();
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();
        using var patience = new CancellationTokenSource();
        var sending = SendAsync(client, null, cancellation: patience.Token);
        await Eventually.TrueAsync(() => cluster.State.Counters.Requests == 1, "the request in flight");

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Eventually.InTimeAsync(closed.Task);
        await Eventually.TrueAsync(() => cluster.State.Counters is { Requests: 0, Connections: 0 }, "nothing left in use");
    }

    [Fact]
    public async Task A_client_that_leaves_inside_its_body_never_makes_it_look_whole()
    {
        var arrived = new TaskCompletionSource();
        var received = new TaskCompletionSource<string>();
        await using var upstream = new RawUpstream(async stream =>
        {
            using var all = new MemoryStream();
            try
            {
                await RawUpstream.ReadHeadAsync(stream);
                await stream.ReadExactlyAsync(new byte["5\r\nbegun\r\n".Length]);
                arrived.SetResult();
                await stream.CopyToAsync(all);
            }
            finally
            {
                received.SetResult(Encoding.Latin1.GetString(all.ToArray()));
            }
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();
        using var content = new FlushingContent();
        using var patience = new CancellationTokenSource();
        var sending = SendAsync(client, content, cancellation: patience.Token);
        content.Send("begun"u8.ToArray());
        await Eventually.InTimeAsync(arrived.Task);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        // .NET's client resets the stream once its content notices.
        content.Send("more"u8.ToArray());
        Assert.Equal("", await Eventually.InTimeAsync(received.Task));
    }

    [Fact]
    public async Task A_limit_that_is_reached_is_503_UO_and_says_that_it_overloads()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await stream.CopyToAsync(Stream.Null);
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint, limits: new ClusterLimits { MaxConnections = 1, MaxPendingRequests = 0 });
        cluster.State.Counters.TryBeginRequest(ClusterLimits.None);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        using var response = await SendAsync(client, null);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(["true"], response.Headers.GetValues("x-envoy-overloaded"));
        Assert.Contains(" 503 UO ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    private static Task<TestProxy> ProxyAsync(RawUpstream upstream) =>
        TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http1))));

    private static async Task WriteAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    private static RawUpstream Reading(List<string> received, int bytes, string answer) =>
        new(async stream =>
        {
            while (await RawUpstream.ReadHeadAsync(stream) is { Length: > 0 } head)
            {
                var body = new byte[bytes];
                await stream.ReadExactlyAsync(body);
                received.Add(head + Encoding.Latin1.GetString(body));
                await WriteAsync(stream, answer);
            }
        });

    private static Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker client,
        HttpContent? content,
        string path = "/",
        bool expect = false,
        CancellationToken cancellation = default
    )
    {
        var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, "http://reviews:9080" + path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.ExpectContinue = expect ? true : null;
        return client.SendAsync(request, cancellation);
    }
}
