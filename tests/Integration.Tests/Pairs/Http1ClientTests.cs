using System.Text.Json;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>What only a client that writes its own HTTP/1 bytes can see, with upstreams of both protocols.</summary>
[Collection(PairCollection.Name)]
public sealed class Http1ClientTests(PairMesh mesh)
{
    public static TheoryData<int> Ports => [80, 81];

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task A_connection_is_kept_for_the_next_request(int port)
    {
        using var connection = await mesh.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            await connection.SendAsync($"GET /{i} HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
            var response = await connection.ReadResponseAsync();
            Assert.Equal($"/{i}", EchoOf(response).Target);
            Assert.Null(response.Header("connection"));
        }
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Connection_close_closes_after_the_answer(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"GET / HTTP/1.1\r\nHost: pair:{port}\r\nConnection: close\r\n\r\n");
        Assert.Equal("close", (await connection.ReadResponseAsync()).Header("connection"));
        Assert.Empty(await connection.ReadToEndAsync());
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Pipelined_requests_are_answered_in_order(int port)
    {
        using var connection = await mesh.ConnectAsync();
        var requests = Enumerable
            .Range(0, 8)
            .Select(i => $"POST /{i} HTTP/1.1\r\nHost: pair:{port}\r\nContent-Length: {i}\r\n\r\n{new string('b', i)}");
        await connection.SendAsync(string.Concat(requests));
        for (var i = 0; i < 8; i++)
        {
            var echo = EchoOf(await connection.ReadResponseAsync());
            Assert.Equal($"/{i}", echo.Target);
            Assert.Equal(i, echo.BodyLength);
        }
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task An_HTTP_1_0_client_gets_what_it_understands(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"GET /chunks HTTP/1.0\r\nHost: pair:{port}\r\n\r\n");
        var response = await connection.ReadResponseAsync();
        Assert.Equal(200, response.Status);
        Assert.Null(response.Header("transfer-encoding"));
        Assert.Equal("first second third", response.Text);

        using var kept = await mesh.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await kept.SendAsync($"GET /length HTTP/1.0\r\nHost: pair:{port}\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal(1234, (await kept.ReadResponseAsync()).Body.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task An_absolute_target_names_the_host_whatever_Host_says(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"GET http://pair:{port}/abs?x=1 HTTP/1.1\r\nHost: nobody.test\r\n\r\n");
        var echo = EchoOf(await connection.ReadResponseAsync());
        Assert.Equal("/abs?x=1", echo.Target);
        Assert.StartsWith("pair", echo.Host, StringComparison.Ordinal);

        await connection.SendAsync($"GET http://pair:{port} HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
        Assert.Equal("/", EchoOf(await connection.ReadResponseAsync()).Target);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task OPTIONS_of_everything_is_answered_and_the_connection_lives(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"OPTIONS * HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
        var response = await connection.ReadResponseAsync();
        // It has no path that a rule could take; what counts is that it is answered as a request and not as a broken connection.
        Assert.True(response.Status is 200 or 400 or 404, $"{response.Status} {response.Text}");
        await connection.SendAsync($"GET /after HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
        Assert.Equal("/after", EchoOf(await connection.ReadResponseAsync()).Target);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Headers_that_Connection_names_stay_on_this_hop(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync(
            $"GET / HTTP/1.1\r\nHost: pair:{port}\r\nConnection: x-nothing, x-inner\r\nx-inner: 1\r\nx-outer: 1\r\n"
                + "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: nothing-known\r\n\r\n"
        );
        var echo = EchoOf(await connection.ReadResponseAsync());
        Assert.Equal("1", echo.Header("x-outer"));
        foreach (var name in new[] { "x-inner", "keep-alive", "proxy-connection", "upgrade" })
        {
            Assert.True(echo.Header(name) is null, $"{name}: {echo.Header(name)}");
        }

        if (port == 81)
        {
            Assert.Equal("trailers", echo.Header("te"));
        }
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Connection_cannot_take_away_what_the_request_stands_on(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync(
            $"POST / HTTP/1.1\r\nHost: pair:{port}\r\nConnection: host, content-length, x-request-id\r\nContent-Length: 4\r\n\r\nbody"
        );
        var echo = EchoOf(await connection.ReadResponseAsync());
        Assert.StartsWith("pair", echo.Host, StringComparison.Ordinal);
        Assert.Equal(4, echo.BodyLength);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Duplicate_lines_and_odd_names_arrive(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync(
            $"GET / HTTP/1.1\r\nhOsT: pair:{port}\r\nX-Dup: one\r\nX-Other: x\r\nX-Dup: two\r\nx_under: 1\r\n!#$%&'*+-.^`|~: odd\r\nX-Tab:\tvalue\t \r\n\r\n"
        );
        var echo = EchoOf(await connection.ReadResponseAsync());
        // One line or two: the same list (RFC 9110 5.3).
        Assert.Equal(["one", "two"], echo.Header("x-dup")!.Split(',', StringSplitOptions.TrimEntries));
        Assert.Equal("1", echo.Header("x_under"));
        Assert.Equal("odd", echo.Header("!#$%&'*+-.^`|~"));
        Assert.Equal("value", echo.Header("x-tab"));
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task A_chunked_body_with_extensions_and_trailers_arrives(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync(
            $"POST / HTTP/1.1\r\nHost: pair:{port}\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n"
                + "5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nx-end: 1\r\n\r\n"
        );
        Assert.Equal(11, EchoOf(await connection.ReadResponseAsync()).BodyLength);
        await connection.SendAsync($"GET /next HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
        Assert.Equal("/next", EchoOf(await connection.ReadResponseAsync()).Target);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task A_client_that_waits_for_100_continue_gets_it(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"POST / HTTP/1.1\r\nHost: pair:{port}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        Assert.Equal(100, (await connection.ReadResponseAsync()).Status);
        await connection.SendAsync("body");
        Assert.Equal(4, EchoOf(await connection.ReadResponseAsync()).BodyLength);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task CONNECT_is_refused(int port)
    {
        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync($"CONNECT pair:{port} HTTP/1.1\r\nHost: pair:{port}\r\n\r\n");
        Assert.InRange((await connection.ReadResponseAsync()).Status, 400, 499);
    }

    private static Echo EchoOf(RawResponse response)
    {
        Assert.True(response.Status == 200, $"{response.Status} {response.Text}");
        return JsonSerializer.Deserialize<Echo>(response.Body, JsonSerializerOptions.Web)!;
    }
}
