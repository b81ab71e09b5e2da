using System.Diagnostics;
using System.Net;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>What headers come through, over every pair of protocols.</summary>
[Collection(PairCollection.Name)]
public sealed class PairHeaderTests(PairMesh mesh)
{
    // README: 60 KiB for a whole head.
    private const int BelowTheLimit = 55 * 1024;
    private const int OverTheLimit = 62 * 1024;

    public static TheoryData<string, int> Pairs => PairCollection.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Request_headers_arrive_as_they_were_sent(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var echo = await client.EchoAsync(
            "/",
            headers:
            [
                ("x-latin", "caf\u00e9 \u00ff"),
                ("x-list", "one, two"),
                ("x-empty", ""),
                ("cookie", "a=1; b=2"),
                ("x-quoted", "\"a, b\"; q=1"),
                ("te", "trailers"),
            ]
        );
        Assert.Equal("caf\u00e9 \u00ff", echo.Header("x-latin"));
        Assert.Equal("one, two", echo.Header("x-list"));
        Assert.Equal("", echo.Header("x-empty"));
        Assert.Equal("a=1; b=2", string.Join('|', echo.Headers["cookie"]));
        Assert.Equal("\"a, b\"; q=1", echo.Header("x-quoted"));
        Assert.Equal("http", echo.Header("x-forwarded-proto"));
        Assert.NotNull(echo.Header("x-request-id"));
        if (port == 81)
        {
            Assert.Equal("trailers", echo.Header("te"));
        }

        foreach (var added in new[] { "traceparent", "x-forwarded-host", "user-agent", "accept-encoding" })
        {
            Assert.Null(echo.Header(added));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Response_headers_arrive_as_they_were_sent(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var request = client.To("/headers");
        using var response = await client.SendAsync(request);
        Assert.Equal(["caf\u00e9 \u00fc"], response.Lines("x-latin"));
        Assert.Equal(["one", "two"], response.Lines("x-dup"));
        Assert.Equal(["a=1; Path=/", "b=2; Path=/"], response.Lines("set-cookie"));
        Assert.Equal([PairUpstream.ItsDate], response.Lines("date"));
        Assert.Equal(["its-own/1"], response.Lines("server"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Nothing_is_said_about_the_server_and_the_date_once(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        foreach (var target in new[] { "/", "/direct", "/dead" })
        {
            using var request = client.To(target);
            using var response = await client.SendAsync(request);
            Assert.Empty(response.Lines("server"));
            Assert.Empty(response.Lines("x-powered-by"));
            Assert.Single(response.Lines("date"));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Large_headers_pass_up_to_the_limit(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var value = new string('h', BelowTheLimit);
        Assert.Equal(value, (await client.EchoAsync("/", headers: [("x-large", value)])).Header("x-large"));

        using var request = client.To($"/large?size={BelowTheLimit}");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(BelowTheLimit, response.Lines("x-large").Single().Length);

        var long1 = $"/{new string('p', BelowTheLimit)}";
        Assert.Equal(long1, (await client.EchoAsync(long1)).Target);
    }

    // By curl, which sends up to 64 KiB: HttpClient does not even send what the peer says it will not take.
    [PeerTheory("program:curl")]
    [MemberData(nameof(Pairs))]
    public async Task Headers_over_the_limit_are_answered_431(string protocol, int port)
    {
        Assert.Equal("431", await CurlAsync(protocol, port, "-H", $"x-large: {new string('h', OverTheLimit)}"));
        var many = Enumerable.Range(0, 61).SelectMany(i => new[] { "-H", $"x-large-{i}: {new string('h', 1024)}" });
        Assert.Equal("431", await CurlAsync(protocol, port, [.. many]));
        Assert.Equal("200", await CurlAsync(protocol, port, "-H", $"x-large: {new string('h', BelowTheLimit)}"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_over_the_limit_is_a_bad_gateway(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var request = client.To($"/large?size={OverTheLimit}");
        using var response = await client.SendAsync(request);
        Assert.InRange((int)response.StatusCode, 502, 503);
        Assert.Equal("v1", (await client.EchoAsync("/")).Version);
    }

    [Theory]
    [InlineData(Protocols.Http1)]
    [InlineData(Protocols.Http2)]
    public async Task Headers_that_an_answers_Connection_names_stay_on_its_hop(string protocol)
    {
        using var client = mesh.Client(protocol, 80);
        using var request = client.To("/hop");
        using var response = await client.SendAsync(request);
        Assert.Empty(response.Lines("x-inner"));
        Assert.Equal(["1"], response.Lines("x-outer"));
    }

    private async Task<string> CurlAsync(string protocol, int port, params string[] headers)
    {
        string[] version = protocol == Protocols.Http2 ? ["--http2-prior-knowledge"] : ["--http1.1"];
        var start = new ProcessStartInfo(
            "curl",
            [
                "-sS",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--max-time",
                "60",
                .. version,
                "--connect-to",
                $"pair:{port}:{mesh.Sidecar.Outbound}",
                .. headers,
                $"http://pair:{port}/",
            ]
        )
        {
            RedirectStandardOutput = true,
        };
        using var curl = Process.Start(start)!;
        var status = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        return status;
    }
}
