using System.Net;
using System.Net.WebSockets;
using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Http;

public sealed class ForwardingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_request_goes_through_in_every_pair_of_protocols(bool clientHttp2, bool upstreamHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(
            upstreamHttp2,
            async context =>
            {
                context.Response.StatusCode = 201;
                context.Response.Headers["x-seen"] =
                    $"{context.Request.Protocol} {context.Request.Method} {context.Request.Host} {context.Request.Headers["x-in"]}";
                context.Response.Headers.Append("set-cookie", "a=1");
                context.Response.Headers.Append("set-cookie", "b=2");
                await context.Request.Body.CopyToAsync(context.Response.Body);
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, upstreamHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        using var client = proxy.Client();

        using var request = Request(HttpMethod.Put, clientHttp2);
        request.Headers.Add("x-in", "1");
        request.Content = new StringContent("echo");
        using var response = await client.SendAsync(request, CancellationToken.None);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"{(upstreamHttp2 ? "HTTP/2" : "HTTP/1.1")} PUT reviews:9080 1", response.Headers.GetValues("x-seen").Single());
        Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("set-cookie"));
        Assert.Equal("echo", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_gRPC_stream_flows_both_ways_at_once_and_ends_with_trailers()
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async context =>
            {
                context.Response.Headers["x-te"] = context.Request.Headers.TE;
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.FlushAsync();
                var buffer = new byte[100];
                for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; )
                {
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
                    await context.Response.Body.FlushAsync();
                }

                context.Response.AppendTrailer("grpc-status", "5");
                context.Response.AppendTrailer("grpc-message", "gone");
            }
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2)))
        );
        using var client = proxy.Client();

        using var sending = new FlushingContent();
        sending.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        using var request = Request(HttpMethod.Post, http2: true);
        request.Headers.TE.ParseAdd("trailers");
        request.Content = sending;
        // The head of the answer arrives before either side has sent a byte.
        using var response = await Eventually.InTimeAsync(client.SendAsync(request, CancellationToken.None));
        Assert.Equal("200 trailers", $"{(int)response.StatusCode} {string.Join(',', response.Headers.GetValues("x-te"))}");
        await using var body = await response.Content.ReadAsStreamAsync();
        var echoed = new byte[3];
        foreach (var message in new[] { "one", "two" })
        {
            sending.Send(Encoding.ASCII.GetBytes(message));
            await Eventually.InTimeAsync(body.ReadExactlyAsync(echoed).AsTask());
            Assert.Equal(message, Encoding.ASCII.GetString(echoed));
        }

        sending.Finish();
        Assert.Equal(0, await Eventually.InTimeAsync(body.ReadAsync(echoed).AsTask()));

        Assert.Equal("5", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("gone", response.TrailingHeaders.GetValues("grpc-message").Single());
        await proxy.LogAsync();
        Assert.Contains("grpc_response_status=\"5\"", proxy.Metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trailers_only_answer_stays_one()
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "12";
                return Task.CompletedTask;
            }
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2)))
        );
        using var client = proxy.Client();

        using var request = Request(HttpMethod.Post, http2: true);
        request.Content = new ByteArrayContent([]);
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        using var response = await client.SendAsync(request, CancellationToken.None);

        Assert.Equal("12", response.Headers.GetValues("grpc-status").Single());
        Assert.Empty(response.TrailingHeaders);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_WebSocket_works_in_every_pair_of_protocols_and_is_routed_as_GET(bool clientHttp2, bool upstreamHttp2)
    {
        await using var upstream = await WebUpstream.StartAsync(
            upstreamHttp2,
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols[0]);
                var buffer = new byte[100];
                var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, true, CancellationToken.None);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, upstreamHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1);
        var get = new Rule
        {
            Name = "get",
            Conditions = new RouteConditions(
                new PathCondition(PathMatchKind.Prefix, "/chat"),
                others: [new HeaderCondition(":method", ValueMatch.Exact("GET"))]
            ),
            Action = new RuleAction.Forward { Destinations = TestConfig.To(cluster) },
        };
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(get));
        using var invoker = proxy.Client();
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("talk");
        client.Options.HttpVersion = clientHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await client.ConnectAsync(new Uri("ws://reviews:9080/chat"), invoker, CancellationToken.None);
        Assert.Equal("talk", client.SubProtocol);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var answer = new byte[100];
        var result = await client.ReceiveAsync(answer, CancellationToken.None);
        Assert.Equal("hello", Encoding.ASCII.GetString(answer, 0, result.Count));
        result = await client.ReceiveAsync(answer, CancellationToken.None);
        Assert.Equal(WebSocketMessageType.Close, result.MessageType);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        var line = (await proxy.LogAsync())[0];
        Assert.Contains($"\"GET /chat HTTP/{(clientHttp2 ? "2" : "1.1")}\" 101 - via_upstream ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_body_ends_is_delivered_and_no_failure()
    {
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async context =>
            {
                context.Response.StatusCode = 413;
                await context.Response.WriteAsync("big");
            }
        );
        var state = new EndpointState();
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2, state: state);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: reviews\r\nContent-Length: 1000000\r\n\r\nsome");
        var answer = await client.ReadUntilAsync("big");
        await client.DisposeAsync();

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        await proxy.LogAsync();
        Assert.Equal(0, state.FailedRequests);
    }

    [Fact]
    public async Task Headers_of_one_connection_are_not_forwarded()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 OK\r\nConnection: x-mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok",
            heads
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(
            "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: X-Secret, host\r\nX-Secret: 1\r\nTE: gzip\r\nProxy-Connection: close\r\nX-Kept: 1\r\n\r\n"
        );
        var answer = await client.ReadUntilAsync("ok");

        var head = Assert.Single(heads);
        Assert.Contains("Host: reviews\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-kept: 1\r\n", head, StringComparison.OrdinalIgnoreCase);
        foreach (var gone in new[] { "X-Secret", "TE:", "Proxy-Connection", "Connection:" })
        {
            Assert.DoesNotContain(gone, head, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("X-Kept: 1\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X-Mine", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Keep-Alive:", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_request_without_id_gets_one_and_a_given_one_stays()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering(Ok, heads);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");
        await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n");

        var id = heads[0].Split("\r\n").Single(line => line.StartsWith("x-request-id: ", StringComparison.OrdinalIgnoreCase))[14..];
        Assert.True(Guid.TryParse(id, out _));
        Assert.Contains("X-Request-Id: mine\r\n", heads[1], StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\"{id}\"", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edits_rewrites_and_the_authority_are_applied()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering("HTTP/1.1 200 OK\r\nX-Old: 1\r\nX-More: 1\r\nContent-Length: 2\r\n\r\nok", heads);
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        var rule = TestConfig.Rule(
            new RuleAction.Forward
            {
                Destinations = TestConfig.To(cluster),
                PathRewrite = PathRewrite.Matched("/v2/"),
                AuthorityRewrite = "other.example",
            },
            prefix: "/v1/",
            request: HeaderEdits.Create(["x-old", "content-type"], [new("x-set", "new")], [new("x-more", "2"), new("x-name", "Köln€")]),
            response: HeaderEdits.Create(["x-old"], [new("x-set", "new")], [new("x-more", "2")])
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(rule));

        var answer = await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET /v1/a%2fb?c=d HTTP/1.1\r\nHost: reviews\r\nX-Old: 1\r\nX-Set: old\r\nX-More: 1\r\nContent-Type: a/b\r\nConnection: close\r\n\r\n"
        );

        var head = Assert.Single(heads);
        Assert.StartsWith("GET /v2/a%2fb?c=d HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("host: other.example\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-set: new\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-more: 1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-more: 2\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-name: " + Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("Köln€")), head, StringComparison.Ordinal);
        Assert.Contains("x-envoy-original-path: /v1/a%2fb?c=d\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("x-old", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("content-type", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("x-old", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-set: new\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"GET /v1/a%2fb?c=d HTTP/1.1\" 200", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 ", "Content-Length: 5")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 ", "")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", "HTTP/1.1 304 ", "ETag: \"1\"")]
    public async Task Answers_without_a_body_keep_their_form(string method, string response, string status, string header)
    {
        await using var upstream = RawUpstream.Answering(response, []);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(proxy.Outbound, $"{method} / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith(status, answer, StringComparison.Ordinal);
        Assert.Contains(header, answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_and_a_direct_response_are_answered_here()
    {
        var rules = new[]
        {
            TestConfig.Rule(new RuleAction.Redirect { StatusCode = 308, PrefixRewrite = "/new/" }, prefix: "/old/"),
            TestConfig.Rule(
                new RuleAction.DirectResponse { StatusCode = 418, Body = "tea"u8.ToArray() },
                response: HeaderEdits.Create([], [new("content-type", "text/html")], [])
            ),
        };
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(rules));

        var redirect = await RawClient.ExchangeAsync(proxy.Outbound, "GET /old/x?y HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");
        var direct = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 308 ", redirect, StringComparison.Ordinal);
        Assert.Contains("Location: http://reviews/new/x?y\r\n", redirect, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("HTTP/1.1 418 ", direct, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/html\r\n", direct, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\n\r\ntea", direct, StringComparison.Ordinal);
        Assert.All(await proxy.LogAsync(2), line => Assert.Contains(" - direct_response ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hundred_configurations_under_load_fail_no_request_and_mix_no_versions()
    {
        await using var blue = await WebUpstream.StartAsync(http2: false, context => context.Response.WriteAsync(Seen(context)));
        await using var green = await WebUpstream.StartAsync(http2: true, context => context.Response.WriteAsync(Seen(context)));
        await using var proxy = await TestProxy.StartAsync(Version(0));
        using var client = proxy.Client();
        using var done = new CancellationTokenSource();
        var answered = 0;

        var workers = Enumerable.Range(0, 8).Select(worker => Task.Run(() => LoadAsync(worker % 2 == 0))).ToArray();
        for (var version = 1; version <= 100; version++)
        {
            var before = Volatile.Read(ref answered);
            await proxy.PublishAsync(Version(version));
            await Eventually.TrueAsync(() => Volatile.Read(ref answered) >= before + 8, "requests after a change");
        }

        await done.CancelAsync();
        var requests = (await Eventually.InTimeAsync(Task.WhenAll(workers))).Sum();
        Assert.True(requests >= 800, $"{requests} requests");
        Assert.All(await proxy.LogAsync(requests), line => Assert.Contains(" 200 - via_upstream ", line, StringComparison.Ordinal));

        // Version n sends header n to the upstream of its parity, each version with endpoints of its own.
        ProxyConfig Version(int version)
        {
            var cluster = TestConfig.Cluster(
                version % 2 == 0 ? blue.EndPoint : green.EndPoint,
                version % 2 == 0 ? UpstreamProtocol.Http1 : UpstreamProtocol.Http2
            );
            return TestConfig.Config(
                TestConfig.Routes(
                    TestConfig.Rule(
                        new RuleAction.Forward { Destinations = TestConfig.To(cluster) },
                        request: HeaderEdits.Create([], [new("x-version", $"{version}")], []),
                        response: HeaderEdits.Create([], [new("x-version", $"{version}")], [])
                    )
                ),
                clusters: [cluster],
                version: $"{version}"
            );
        }

        static string Seen(HttpContext context) => $"{context.Request.Protocol} {context.Request.Headers["x-version"]}";

        async Task<int> LoadAsync(bool http2)
        {
            var count = 0;
            for (; !done.IsCancellationRequested; count++)
            {
                using var request = Request(HttpMethod.Get, http2);
                using var response = await client.SendAsync(request, CancellationToken.None);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                var version = int.Parse(response.Headers.GetValues("x-version").Single());
                Assert.Equal(
                    $"{(version % 2 == 0 ? "HTTP/1.1" : "HTTP/2")} {version}",
                    await response.Content.ReadAsStringAsync(CancellationToken.None)
                );
                Interlocked.Increment(ref answered);
            }

            return count;
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, bool http2) =>
        new(method, "http://reviews:9080/")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
}
