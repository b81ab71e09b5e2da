using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Connections;

public sealed class TrafficServerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task HTTP1_and_HTTP2_share_one_port_even_byte_by_byte()
    {
        await using var upstream = await WebUpstream.StartAsync(http2: true, context => context.Response.WriteAsync("ok"));
        var routes = TestConfig.Routes(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2)));
        await using var proxy = await TestProxy.StartAsync(TestConfig.Config(routes));

        await using var http1 = await RawClient.ConnectAsync(proxy.Outbound);
        foreach (var letter in "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n")
        {
            await http1.SendAsync(letter.ToString());
        }

        Assert.Contains("ok", await http1.ReadAllAsync(), StringComparison.Ordinal);

        await using var http2 = await RawClient.ConnectAsync(proxy.Outbound);
        byte[] block = [0x82, 0x86, 0x84, 0x41, 0x07, .. "reviews"u8];
        byte[] bytes =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 },
            .. new byte[] { 0, 0, (byte)block.Length, 1, 5, 0, 0, 0, 1 },
            .. block,
        ];
        foreach (var one in bytes)
        {
            await http2.Stream.WriteAsync(new[] { one });
        }

        Assert.EndsWith("ok", await http2.ReadUntilAsync("ok"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_speaks_first_does_so_at_once_where_only_TCP_is_spoken()
    {
        await using var upstream = new RawUpstream(async stream =>
        {
            await stream.WriteAsync("220 hello\r\n"u8.ToArray());
            await stream.CopyToAsync(Stream.Null);
        });
        var address = NobodyThere();
        // A proxy that waited for the client's first bytes would wait for ever.
        await using var proxy = await TestProxy.StartAsync(
            TcpListenerConfig(address, upstream.EndPoint),
            options => options with { ProtocolDetectionTimeout = TimeSpan.Zero }
        );

        await using var client = await RawClient.ConnectAsync(address);
        Assert.Equal("220 hello\r\n", await client.ReadUntilAsync("\n"));
    }

    [Fact]
    public async Task Where_both_are_spoken_a_silent_client_is_taken_for_TCP_after_a_while()
    {
        await using var upstream = new RawUpstream(stream => stream.WriteAsync("220 hello\r\n"u8.ToArray()).AsTask());
        var address = NobodyThere();
        var listener = TestConfig.Listener(address, TestConfig.Routes(), TestConfig.To(TestConfig.Cluster(upstream.EndPoint)));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Config(outbound: [listener]),
            options => options with { ProtocolDetectionTimeout = TimeSpan.FromMilliseconds(50) }
        );

        await using var client = await RawClient.ConnectAsync(address);
        Assert.Equal("220 hello\r\n", await client.ReadUntilAsync("\n"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n", "HTTP/1.1 418")]
    [InlineData("PING\r\n", "PING\r\n")]
    public async Task Where_both_are_spoken_the_first_bytes_decide(string request, string answer)
    {
        await using var upstream = new RawUpstream(stream => stream.CopyToAsync(stream));
        var address = NobodyThere();
        var listener = TestConfig.Listener(
            address,
            TestConfig.Routes(TestConfig.Rule(new RuleAction.DirectResponse { StatusCode = 418 })),
            TestConfig.To(TestConfig.Cluster(upstream.EndPoint))
        );
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Config(outbound: [listener]),
            options => options with { ProtocolDetectionTimeout = TimeSpan.Zero }
        );

        await using var client = await RawClient.ConnectAsync(address);
        await client.SendAsync(request);
        Assert.Equal(answer, await client.ReadUntilAsync(answer));
    }

    [Fact]
    public async Task TCP_bytes_go_both_ways_and_each_side_may_finish_first()
    {
        var seen = new TaskCompletionSource<string>();
        await using var upstream = new RawUpstream(async stream =>
        {
            using var all = new MemoryStream();
            await stream.CopyToAsync(all);
            seen.SetResult(Encoding.ASCII.GetString(all.ToArray()));
            await stream.WriteAsync("and the answer after it"u8.ToArray());
        });
        var address = NobodyThere();
        await using var proxy = await TestProxy.StartAsync(TcpListenerConfig(address, upstream.EndPoint));

        await using var client = await RawClient.ConnectAsync(address);
        await client.SendAsync("question");
        client.FinishSending();

        Assert.Equal("and the answer after it", await client.ReadAllAsync());
        Assert.Equal("question", await seen.Task);
        var line = Assert.Single(await proxy.LogAsync());
        Assert.Contains(" \"- - -\" 0 - - - \"-\" 8 23 ", line, StringComparison.Ordinal);
        Assert.Contains("istio_tcp_sent_bytes_total{", proxy.Metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Megabytes_pass_through_TCP_unchanged_while_the_reader_is_slow()
    {
        const int Size = 8 * 1024 * 1024;
        var bytes = new byte[Size];
        new Random(3).NextBytes(bytes);
        await using var upstream = new RawUpstream(async stream =>
        {
            await stream.WriteAsync(bytes);
            stream.Socket.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null);
        });
        var address = NobodyThere();
        await using var proxy = await TestProxy.StartAsync(TcpListenerConfig(address, upstream.EndPoint));

        await using var client = await RawClient.ConnectAsync(address);
        var received = new byte[Size];
        var random = new Random(4);
        for (var at = 0; at < Size; )
        {
            at += await client.Stream.ReadAsync(received.AsMemory(at, Math.Min(random.Next(1, 10_000), Size - at)));
            await Task.Yield();
        }

        Assert.True(bytes.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_TCP_destination_that_refuses_closes_the_connection_with_UF()
    {
        var nobody = NobodyThere();
        var address = NobodyThere();
        await using var proxy = await TestProxy.StartAsync(TcpListenerConfig(address, nobody));

        Assert.Equal("", await RawClient.ExchangeAsync(address, "x"));
        Assert.Contains(" UF ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_requests_reach_the_application_at_the_port_they_were_sent_to()
    {
        var heads = new List<string>();
        await using var application = RawUpstream.Answering(Ok, heads);
        // Proxy and application share the port, on addresses of their own.
        var address = new IPEndPoint(IPAddress.Parse("127.0.0.2"), application.EndPoint.Port);
        var cluster = TestConfig.Cluster(null, kind: ClusterKind.Application, name: $"inbound|{address.Port}||");
        var listener = TestConfig.Listener(address, TestConfig.Routes(TestConfig.Forward(cluster)), inbound: true);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Config(inbound: [listener]));

        var answer = await RawClient.ExchangeAsync(address, "GET / HTTP/1.1\r\nHost: reviews:9080\r\nConnection: close\r\n\r\n");

        Assert.EndsWith("ok", answer, StringComparison.Ordinal);
        Assert.Contains("host: reviews:9080\r\n", Assert.Single(heads), StringComparison.OrdinalIgnoreCase);
        await proxy.LogAsync();
        Assert.Contains("reporter=\"destination\"", proxy.Metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_follow_the_configuration_and_connections_outlive_their_socket()
    {
        await using var upstream = RawUpstream.Answering(Ok, []);
        var routes = TestConfig.Routes(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint)));
        var (first, second) = (NobodyThere(), NobodyThere());
        await using var proxy = await TestProxy.StartAsync(TestConfig.Config(outbound: [TestConfig.Listener(first, routes)]));
        await using var client = await RawClient.ConnectAsync(first);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: reviews\r\n\r\n");
        Assert.EndsWith("ok", await client.ReadUntilAsync("ok"), StringComparison.Ordinal);

        await proxy.PublishAsync(TestConfig.Config(outbound: [TestConfig.Listener(second, routes)]));

        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(first));
        Assert.EndsWith(
            "ok",
            await RawClient.ExchangeAsync(second, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
        // The old connection lives; its listener is gone, so there is no route for it.
        await client.SendAsync("GET / HTTP/1.1\r\nHost: reviews\r\n\r\n");
        Assert.Contains("404", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_reported_by_name_and_stops_no_other()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var free = NobodyThere();
        var routes = TestConfig.Routes(TestConfig.Rule(new RuleAction.DirectResponse { StatusCode = 418 }));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Config(
                outbound:
                [
                    TestConfig.Listener((IPEndPoint)taken.LocalEndpoint, routes, name: "taken-one"),
                    TestConfig.Listener(free, routes),
                ]
            )
        );
        proxy.ErrorsAreExpected = true;

        Assert.StartsWith(
            "HTTP/1.1 418",
            await RawClient.ExchangeAsync(free, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
        var error = Assert.Single(proxy.Errors);
        Assert.Contains("taken-one", error, StringComparison.Ordinal);
        Assert.Contains("errno 98", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draining_finishes_what_is_active_and_refuses_what_is_new()
    {
        var arrived = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource();
        await using var upstream = await WebUpstream.StartAsync(
            http2: false,
            async context =>
            {
                arrived.Release();
                await answer.Task;
                await context.Response.WriteAsync("done");
            }
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));
        var port = proxy.Outbound;
        await using var idle = await RawClient.ConnectAsync(port);
        await using var http1 = await RawClient.ConnectAsync(port);
        await http1.SendAsync("GET / HTTP/1.1\r\nHost: reviews\r\n\r\n");
        using var http2 = proxy.Client(port);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://reviews/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var second = http2.SendAsync(request, CancellationToken.None);
        await arrived.WaitAsync();
        await arrived.WaitAsync();

        var draining = proxy.Server.DrainAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("", await idle.ReadAllAsync());
        await RawClient.RefusedAsync(port);
        Assert.False(draining.IsCompleted);
        answer.SetResult();

        var first = await http1.ReadAllAsync();
        Assert.Contains("Connection: close\r\n", first, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("done", first, StringComparison.Ordinal);
        using var response = await Eventually.InTimeAsync(second);
        Assert.Equal("done", await response.Content.ReadAsStringAsync());
        await Eventually.InTimeAsync(draining);
    }

    [Fact]
    public async Task Draining_cuts_what_does_not_end_in_time()
    {
        await using var upstream = await WebUpstream.StartAsync(http2: false, context => Task.Delay(-1, context.RequestAborted));
        await using var silent = new RawUpstream(stream => stream.CopyToAsync(Stream.Null));
        var address = NobodyThere();
        var listener = TestConfig.Listener(address, tcp: TestConfig.To(TestConfig.Cluster(silent.EndPoint)));
        var routes = TestConfig.Routes(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint)));
        await using var proxy = await TestProxy.StartAsync(TestConfig.Config(routes, outbound: [listener]));
        await using var http = await RawClient.ConnectAsync(proxy.Outbound);
        await http.SendAsync("GET / HTTP/1.1\r\nHost: reviews\r\n\r\n");
        await using var tcp = await RawClient.ConnectAsync(address);
        await tcp.SendAsync("x");
        await Eventually.TrueAsync(() => silent.Connections == 1, "the TCP connection");

        await Eventually.InTimeAsync(proxy.Server.DrainAsync(TimeSpan.FromMilliseconds(100)));

        Assert.Equal("", await http.ReadAllAsync());
        Assert.Equal("", await tcp.ReadAllAsync());
    }

    [Fact]
    public async Task Garbage_on_every_port_crashes_nothing_and_others_are_served_meanwhile()
    {
        await using var upstream = RawUpstream.Answering(Ok, []);
        await using var echo = new RawUpstream(stream => stream.CopyToAsync(stream));
        var (mixed, plain) = (NobodyThere(), NobodyThere());
        var routes = TestConfig.Routes(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint)));
        var tcp = TestConfig.To(TestConfig.Cluster(echo.EndPoint, name: "echo"));
        await using var proxy = await TestProxy.StartAsync(
            TestConfig.Config(routes, outbound: [TestConfig.Listener(mixed, routes, tcp), TestConfig.Listener(plain, tcp: tcp)])
        );
        var random = new Random(7);
        byte[][] starts =
        [
            [],
            "GET / HTTP/1.1\r\nHost: reviews\r\n"u8.ToArray(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(),
            "POST / HTTP/1.1\r\nHost: reviews\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(),
        ];
        foreach (var port in new[] { proxy.Outbound, mixed, plain })
        {
            for (var round = 0; round < 40; round++)
            {
                var garbage = new byte[random.Next(1, 2000)];
                random.NextBytes(garbage);
                await using var client = await RawClient.ConnectAsync(port);
                await client.Stream.WriteAsync((byte[])[.. starts[round % starts.Length], .. garbage]);
                if (round % 5 == 0)
                {
                    client.Reset();
                    continue;
                }

                client.FinishSending();
                var answer = await client.ReadAllAsync();
                if (port.Equals(proxy.Outbound) && round % starts.Length == 0)
                {
                    Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
                }
            }

            Assert.EndsWith(
                "ok",
                await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n"),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task A_connection_that_nobody_redirected_has_no_original_destination()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = await RawClient.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();

        Assert.Null(Proxy.Connections.OriginalDestination.Of(accepted));
    }

    private static ProxyConfig TcpListenerConfig(IPEndPoint address, IPEndPoint upstream) =>
        TestConfig.Config(outbound: [TestConfig.Listener(address, tcp: TestConfig.To(TestConfig.Cluster(upstream)))]);

    private static IPEndPoint NobodyThere() => new(IPAddress.Loopback, FreePort.On(IPAddress.Loopback));
}
