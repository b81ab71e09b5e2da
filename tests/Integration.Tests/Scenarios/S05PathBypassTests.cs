using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05 with S07: no spelling of a path, host or target gets around a policy, judged by what the application is asked for.</summary>
[Collection(GuardedCollection.Name)]
public sealed class S05PathBypassTests(GuardedMesh mesh)
{
    private static readonly string[] Targets =
    [
        "/secret",
        "/secret?x=1",
        "/secret/",
        "/secret;x=1",
        "/secret%20",
        "/secret%00",
        "/secret#x",
        "/./secret",
        "/%2e/secret",
        "/%2E%2e/secret",
        "/%73ecret",
        "/%2573ecret",
        "/%%37%33ecret",
        "/open/../secret",
        "/open/%2e%2e/secret",
        "/open/%2e./secret",
        "/open/.%2E/secret",
        "/open/x/../../secret",
        "/open//../../secret",
        "/open/..//secret",
        "/open\\..\\secret",
        "/open/..\\secret",
        "/open/%5c../secret",
        "/open/..%5csecret",
        "/open/..%2fsecret",
        "/open/%2e%2e%2fsecret",
        "/open/..;/secret",
        "/open#/../secret",
        "/open?/../secret",
        "/open/.%00./secret",
        "/open/%c0%ae%c0%ae/secret",
        "//secret",
        "///secret",
        "/.//secret",
        "/x/..//secret",
        "/;/secret",
        "/.;/secret",
        "\\secret",
        "secret",
        "?/secret",
        "*",
        "http://till/secret",
        "HTTP://TILL/secret",
        "http://till/open/../secret",
        "http://till//secret",
        "http://till\\secret",
        "http://till?/secret",
        "http://till#/secret",
        "http://user@till/secret",
        "http:///secret",
        "http:/secret",
        "https://till/secret",
        "ftp://till/secret",
        "//till/secret",
    ];

    public static TheoryData<string> Both => Protocols.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_allowed_by_its_path_is_what_the_application_is_asked_for(string protocol)
    {
        await mesh.PolicyAsync("rules: [ { to: [ { operation: { paths: [ /open, '/open/*' ] } } ] } ]");
        Assert.Equal(200, (await AskAsync(protocol, "/open/door")).Status);
        foreach (var target in Targets)
        {
            var (status, body) = await AskAsync(protocol, target);
            if (status == 200)
            {
                var asked = Asked(body);
                Assert.True(
                    asked == "/open" || asked.StartsWith("/open/", StringComparison.Ordinal),
                    $"{target} over {protocol} was {asked}"
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_denied_by_its_path_is_not_what_the_application_is_asked_for(string protocol)
    {
        await mesh.PolicyAsync("action: DENY, rules: [ { to: [ { operation: { paths: [ '/secret*' ] } } ] } ]");
        Assert.Equal(200, (await AskAsync(protocol, "/open/door")).Status);
        foreach (var target in Targets)
        {
            var (status, body) = await AskAsync(protocol, target);
            if (status == 200)
            {
                Assert.False(Asked(body).StartsWith("/secret", StringComparison.Ordinal), $"{target} over {protocol} was {Asked(body)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_denied_by_its_host_is_denied_however_it_is_written(string protocol)
    {
        await mesh.PolicyAsync(
            "action: DENY, rules: [ { to: [ { operation: { hosts: [ evil.example, '*.evil.example', '[2001:db8::1]' ] } } ] } ]"
        );
        Assert.Equal(200, (await AskAsync(protocol, "/", "good.example")).Status);
        foreach (
            var host in new[]
            {
                "evil.example",
                "EVIL.example",
                "evil.example.",
                "evil.example..",
                "evil.example:80",
                "evil.example:",
                "evil.example:0",
                "evil.example:000",
                "evil.example.:8080",
                "a.Evil.Example.:1",
                "[2001:DB8::1]:99",
            }
        )
        {
            Assert.Contains((await AskAsync(protocol, "/", host)).Status, new[] { 403, 400, 0 });
        }
    }

    [Fact]
    public async Task Two_hosts_are_one_too_many_whichever_an_application_would_take()
    {
        await mesh.PolicyAsync("action: DENY, rules: [ { to: [ { operation: { hosts: [ evil.example ] } } ] } ]");
        foreach (
            var head in new[]
            {
                "GET / HTTP/1.1\r\nhost: good.example\r\nhost: evil.example\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: evil.example\r\nHost: good.example\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: good.example, evil.example\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
            }
        )
        {
            Assert.StartsWith("HTTP/1.1 400 ", await RawAsync(head), StringComparison.Ordinal);
        }

        // RFC 9112 section 3.2.2: the target's counts, and the application is told of no other.
        Assert.StartsWith(
            "HTTP/1.1 403 ",
            await RawAsync("GET http://evil.example/ HTTP/1.1\r\nhost: good.example\r\nconnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
        var passed = await RawAsync("GET http://good.example/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", passed, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", passed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_follows_a_refused_head_is_its_body_and_no_request()
    {
        await mesh.PolicyAsync("action: DENY, rules: [ { to: [ { operation: { paths: [ '/secret*' ] } } ] } ]");
        const string Inner = "GET /open/inner HTTP/1.1\r\nhost: till\r\n\r\n";
        const string Last = "GET /open/last HTTP/1.1\r\nhost: till\r\nconnection: close\r\n\r\n";
        foreach (
            var (framing, body) in new[]
            {
                ($"content-length: {Inner.Length}", Inner),
                ("transfer-encoding: chunked", $"{Inner.Length:x}\r\n{Inner}\r\n0\r\n\r\n"),
                ($"content-length: {Inner.Length}\r\nexpect: 100-continue", Inner),
            }
        )
        {
            var answers = await RawAsync($"POST /secret HTTP/1.1\r\nhost: till\r\n{framing}\r\n\r\n{body}{Last}");
            Assert.StartsWith("HTTP/1.1 403 ", answers, StringComparison.Ordinal);
            Assert.DoesNotContain("/open/inner", answers, StringComparison.Ordinal);
        }

        // An answer to HEAD has no body, whoever gives it (RFC 9110 section 9.3.2).
        var pipelined = await RawAsync($"HEAD /secret HTTP/1.1\r\nhost: till\r\n\r\n{Last}");
        Assert.StartsWith("HTTP/1.1 403 ", pipelined, StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 200 ",
            pipelined[(pipelined.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_a_client_has_taken_away_on_the_way_is_not_there_for_policies_either()
    {
        await mesh.PolicyAsync("rules: [ { when: [ { key: 'request.headers[x-tenant]', values: [ a ] } ] } ]");
        const string Request = "GET / HTTP/1.1\r\nhost: till\r\nx-tenant: a\r\nconnection: close";
        Assert.StartsWith("HTTP/1.1 200 ", await RawAsync($"{Request}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await RawAsync($"{Request}, x-tenant\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await RawAsync($"{Request}\r\nConnection: X-TENANT\r\n\r\n"), StringComparison.Ordinal);
    }

    private async Task<string> RawAsync(string head)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(mesh.Server.Address, EchoUpstream.Http1Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        var length = 0;
        while (await stream.ReadAsync(buffer.AsMemory(length), limit.Token) is > 0 and var read)
        {
            length += read;
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    // As an independent reader of the same target has it.
    private static string Asked(string body)
    {
        using var echo = JsonDocument.Parse(body);
        var target = echo.RootElement.GetProperty("target").GetString()!;
        return target.StartsWith('/') ? new Uri("http://till" + target).AbsolutePath : target;
    }

    private string Address(string protocol) =>
        $"{mesh.Server.Address}:{(protocol == Protocols.Http1 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port)}";

    private async Task<(int Status, string Body)> AskAsync(string protocol, string target, string host = "till")
    {
        var (status, body, _) = await GuardedMesh.AskAsync(
            Address(protocol),
            protocol,
            "/",
            "--request-target",
            target,
            "-H",
            $"host: {host}",
            "--max-time",
            "20"
        );
        return (status, body);
    }
}
