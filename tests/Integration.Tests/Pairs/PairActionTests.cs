using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>Every action of a rule, over every pair of protocols.</summary>
[Collection(PairCollection.Name)]
public sealed class PairActionTests(PairMesh mesh)
{
    public static TheoryData<string, int> Pairs => PairCollection.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_upstream_gets_the_protocol_of_its_port(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        Assert.Equal(port == 80 ? "HTTP/1.1" : "HTTP/2", (await client.EchoAsync("/")).Protocol);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Weights_are_kept(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var answers = await Load.RunAsync(200, async _ => (await client.EchoAsync("/weights")).Version);
        Assert.InRange(answers["v1"], 144, 156);
        Assert.Equal(200, answers["v1"] + answers["v2"]);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Headers_are_edited_both_ways(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var request = client.To("/edit", headers: [("x-set", "client"), ("x-add", "client"), ("x-remove", "client")]);
        using var response = await client.SendAsync(request);
        var echo = await PairRequest.EchoOf(response);
        Assert.Equal("rule", echo.Header("x-set"));
        Assert.Equal(["client", "rule"], echo.Header("x-add")!.Split(',', StringSplitOptions.TrimEntries));
        Assert.Null(echo.Header("x-remove"));
        Assert.Equal(["rule"], response.Lines("x-answer"));
        Assert.Empty(response.Lines("x-sha256"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Header_values_are_filled_in_from_the_request_and_its_answer(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var request = client.To("/filled/a?q=7", headers: [("x-second", "caf\u00e9-two"), ("x-lost", "forged")]);
        using var response = await client.SendAsync(request);
        var echo = await PairRequest.EchoOf(response);
        var version = protocol == "http1" ? "HTTP/1.1" : "HTTP/2";
        Assert.Equal($"caf\u00e9-|GET /filled/a?q=7|{version}|7", echo.Header("x-from"));
        Assert.Null(echo.Header("x-lost"));
        Assert.Equal("100%", echo.Header("x-share"));
        Assert.EndsWith(
            $":{(port == 80 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port)}",
            echo.Header("x-to"),
            StringComparison.Ordinal
        );
        Assert.Equal("127.0.0.1", echo.Header("x-by"));
        Assert.Equal(["caf\u00e9-two|E3B0|200|default/pair/filled"], response.Lines("x-told"));
        Assert.Empty(response.Lines("x-sha256"));

        using var asked = client.To("/given", headers: [("x-second", "two")]);
        using var given = await client.SendAsync(asked);
        Assert.Equal(["two|"], given.Lines("x-told"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Rewrites_and_redirects_and_answers_of_its_own(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var echo = await client.EchoAsync("/old/a%2Fb?c=%20");
        Assert.Equal("/new/a%2Fb?c=%20", echo.Target);
        Assert.Equal("inner.test", echo.Host);

        using var redirected = client.To("/redirect/a?b");
        using var redirect = await client.SendAsync(redirected);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        Assert.StartsWith("http://elsewhere.test", redirect.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.EndsWith("/redirect/a?b", redirect.Headers.Location.OriginalString, StringComparison.Ordinal);

        using var directed = client.To("/direct");
        using var direct = await client.SendAsync(directed);
        Assert.Equal(418, (int)direct.StatusCode);
        Assert.Equal("no coffee", await direct.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_path_loses_its_dots_and_is_else_as_it_was(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        foreach (
            var (target, arrives) in new[]
            {
                ("/a/../b%2fc//x", "/b%2fc//x"),
                ("/./a/%2e%2e/b?c=/../d", "/b?c=/../d"),
                ("/a;b=c?d=%zz&e=//", null),
                ("/?", null),
                ("/%01%ff", null),
                ("/a'(b)*!~", null),
            }
        )
        {
            Assert.Equal(arrives ?? target, (await client.EchoAsync(target)).Target);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_timeout_is_answered_504(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var id = Guid.NewGuid().ToString();
        using var request = client.To("/hang", headers: [("x-limit", "short"), ("x-request-id", id)]);
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains(" 504 UT ", await mesh.LogLineAsync(id), StringComparison.Ordinal);
    }
}
