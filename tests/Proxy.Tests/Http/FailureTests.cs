using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Http;

/// <summary>What clients, the log and the endpoint's counters see when something goes wrong.</summary>
public sealed class FailureTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task Without_a_configuration_503_says_so()
    {
        await using var proxy = await TestProxy.StartAsync(null);
        await ExpectAsync(proxy, "HTTP/1.1 503 ", "this proxy has no configuration yet", " 503 NC no_configuration ");
    }

    [Fact]
    public async Task Without_a_route_404()
    {
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound());
        await ExpectAsync(proxy, "HTTP/1.1 404 ", "\r\n\r\n", " 404 NR route_not_found ");
    }

    [Fact]
    public async Task CONNECT_is_no_route()
    {
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Rule(new RuleAction.DirectResponse { StatusCode = 200 }, prefix: "/"))
        );
        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync("CONNECT reviews:443 HTTP/1.1\r\nHost: reviews:443\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_without_cluster_fails_with_its_reason()
    {
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(null)));
        await ExpectAsync(proxy, "HTTP/1.1 503 ", "\r\n\r\n", " 503 NC cluster_not_found ");
        Assert.Contains(" outbound|9080|gone|reviews.default.svc.cluster.local ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_endpoints_has_no_healthy_upstream()
    {
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(null))));
        await ExpectAsync(proxy, "HTTP/1.1 503 ", "no healthy upstream", " 503 UH no_healthy_upstream ");
    }

    [Fact]
    public async Task The_black_hole_answers_502()
    {
        var cluster = TestConfig.Cluster(null, kind: ClusterKind.BlackHole, name: "BlackHoleCluster");
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));
        await ExpectAsync(proxy, "HTTP/1.1 502 ", "\r\n\r\n", " BlackHoleCluster ");
    }

    [Fact]
    public async Task A_refused_connection_is_UF_and_counts_against_the_endpoint()
    {
        var state = new EndpointState();
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(NobodyThere(), state: state)))
        );
        await ExpectAsync(
            proxy,
            "HTTP/1.1 503 ",
            "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
            " 503 UF upstream_reset_before_response_started{connection_failure} - \"ConnectionRefused (111)\" "
        );
        Assert.Equal((1, 0), (state.FailedRequests, state.ActiveRequests));
    }

    [Fact]
    public async Task A_connection_that_does_not_come_about_in_time_is_UF()
    {
        // A listener with a full backlog answers no SYN: the connection hangs.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);
        var cluster = TestConfig.Cluster((IPEndPoint)full.LocalEndPoint!, connectTimeout: TimeSpan.FromMilliseconds(50));
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster)));

        await ExpectAsync(proxy, "HTTP/1.1 503 ", "connection timeout", "\"connection timeout\"");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_before_the_answer_is_UC(bool http2)
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[20]);
            stream.Socket.LingerState = new LingerOption(true, 0);
        });
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, http2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1))
            )
        );
        await ExpectAsync(
            proxy,
            "HTTP/1.1 503 ",
            "connection termination",
            " 503 UC upstream_reset_before_response_started{connection_termination} "
        );
    }

    [Fact]
    public async Task An_answer_that_is_no_HTTP_is_502()
    {
        await using var upstream = RawUpstream.Answering("220 mail.example ESMTP\r\n\r\n", []);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        await ExpectAsync(proxy, "HTTP/1.1 502 ", "protocol error", " 502 UPE ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_routes_timeout_is_504(bool http2)
    {
        var state = new EndpointState();
        await using var upstream = await WebUpstream.StartAsync(http2, context => Task.Delay(-1, context.RequestAborted));
        var cluster = TestConfig.Cluster(upstream.EndPoint, http2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1, state: state);
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(cluster, TimeSpan.FromMilliseconds(100)))
        );
        await ExpectAsync(proxy, "HTTP/1.1 504 ", "upstream request timeout", " 504 UT upstream_response_timeout ");
        Assert.Equal(1, state.FailedRequests);
    }

    [Fact]
    public async Task The_timeout_counts_from_the_end_of_the_request_and_cuts_a_started_answer()
    {
        // Over HTTP/2, where an answer may begin before the request ends.
        await using var upstream = await WebUpstream.StartAsync(
            http2: true,
            async context =>
            {
                var body = new byte[3];
                await context.Request.Body.ReadExactlyAsync(body);
                await context.Response.Body.WriteAsync(body);
                await context.Response.Body.FlushAsync();
                await Task.Delay(-1, context.RequestAborted);
            }
        );
        var cluster = TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(cluster, TimeSpan.FromMilliseconds(50))));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: reviews\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        // The answer begins while the request is still open, and nothing has timed out: several timeouts pass before it ends.
        Assert.EndsWith("abc\r\n", await client.ReadUntilAsync("abc\r\n"), StringComparison.Ordinal);
        await client.SendAsync("0\r\n\r\n");
        var rest = await client.ReadAllAsync();

        Assert.DoesNotContain("0\r\n\r\n", rest, StringComparison.Ordinal);
        Assert.Contains(" 200 UT ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_answer_stays_truncated()
    {
        var received = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"u8.ToArray());
            await received.Task;
        });
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(Get);
        await client.ReadUntilAsync("half\r\n");
        received.SetResult();

        Assert.DoesNotContain("0\r\n\r\n", await client.ReadAllAsync(), StringComparison.Ordinal);
        Assert.Contains(" 200 UC ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_is_DC_and_the_upstream_is_not_blamed(bool http2)
    {
        var arrived = new TaskCompletionSource();
        var released = new TaskCompletionSource();
        var state = new EndpointState();
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            async context =>
            {
                arrived.TrySetResult();
                using var aborted = context.RequestAborted.Register(released.SetResult);
                await released.Task;
            }
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, state: state)))
        );
        using var client = proxy.Client();
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://reviews:9080/")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var sending = client.SendAsync(request, leave.Token);
        await Eventually.InTimeAsync(arrived.Task);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

        await Eventually.InTimeAsync(released.Task);
        Assert.Contains(" 499 DC downstream_remote_disconnect ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        Assert.Equal((0, 0), (state.FailedRequests, state.ActiveRequests));
    }

    [Theory]
    [InlineData(false, "12", "")]
    [InlineData(true, "14", "no healthy upstream")]
    public async Task A_gRPC_client_gets_failures_trailers_only(bool routed, string status, string message)
    {
        var config = routed ? TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(null))) : TestConfig.Outbound();
        await using var proxy = await TestProxy.StartAsync(config);
        using var client = proxy.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://reviews:9080/shop.Reviews/List")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc+proto");

        using var response = await client.SendAsync(request, CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(status, response.Headers.GetValues("grpc-status").Single());
        Assert.Equal(message, response.Headers.TryGetValues("grpc-message", out var values) ? values.Single() : "");
    }

    [Fact]
    public async Task A_fragment_is_refused()
    {
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Rule(new RuleAction.DirectResponse { StatusCode = 200 }))
        );
        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET /a#b HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_endpoint_that_left_the_configuration_gives_up_its_connections_after_its_last_request()
    {
        var closed = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            await RawUpstream.ReadHeadAsync(stream);
            await answer.Task;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
            await stream.CopyToAsync(Stream.Null);
            closed.SetResult();
        });
        var cluster = TestConfig.Cluster(upstream.EndPoint);
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Config(TestConfig.Routes(TestConfig.Forward(cluster)), clusters: [cluster])
        );

        var exchange = RawClient.ExchangeAsync(proxy.Outbound, Get);
        await Eventually.TrueAsync(() => upstream.Connections == 1, "the request to reach the upstream");
        await proxy.PublishAsync(TestConfig.Config(TestConfig.Routes()));
        Assert.False(closed.Task.IsCompleted);
        answer.SetResult();

        Assert.StartsWith("HTTP/1.1 200 ", await exchange, StringComparison.Ordinal);
        await Eventually.InTimeAsync(closed.Task);
    }

    private static async Task ExpectAsync(TestProxy proxy, string status, string body, string log)
    {
        var answer = await RawClient.ExchangeAsync(proxy.Outbound, Get);
        Assert.StartsWith(status, answer, StringComparison.Ordinal);
        Assert.EndsWith(body, answer, StringComparison.Ordinal);
        var line = (await proxy.LogAsync())[0];
        Assert.True(line.Contains(log, StringComparison.Ordinal), line);
    }

    private static IPEndPoint NobodyThere() => new(IPAddress.Loopback, FreePort.On(IPAddress.Loopback));
}
