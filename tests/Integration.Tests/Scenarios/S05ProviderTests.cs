using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05: services in Python, over HTTP and gRPC, that decide who may pass.</summary>
[Collection(GuardedCollection.Name)]
public sealed class S05ProviderTests(GuardedMesh mesh)
{
    private const string Everything = "rules: [ {} ]";

    public static TheoryData<string> Both => Protocols.Both;

    [PeerTheory(GrpcPeer.PythonPeer)]
    [MemberData(nameof(Both))]
    public async Task A_provider_that_answers_nonsense_lets_nobody_pass_and_breaks_no_message(string protocol)
    {
        await mesh.PolicyAsync(
            "action: CUSTOM, provider: { name: http }, rules: [ { to: [ { operation: { ports: [ '8080', '8081' ] } } ] } ]"
        );
        foreach (var ticket in new[] { "slow", "cut", "flood", "endless" })
        {
            Assert.Equal(503, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", $"x-ticket: {ticket}")).Status);
        }

        await mesh.PolicyAsync(
            "action: CUSTOM, provider: { name: grpc }, rules: [ { to: [ { operation: { ports: [ '8080', '8081' ] } } ] } ]"
        );
        foreach (var ticket in new[] { "endless", "cut" })
        {
            Assert.Equal(403, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", $"x-ticket: {ticket}")).Status);
        }

        var passed = await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", "x-ticket: odd", "-d", "0123456789");
        Assert.Equal(200, passed.Status);
        Assert.Contains("\"bodyLength\":10", passed.Body, StringComparison.Ordinal);
        Assert.Contains("eve", passed.Body, StringComparison.Ordinal);
        Assert.Contains("x-guest: eve", passed.Headers, StringComparison.Ordinal);
        foreach (var odd in new[] { "evil", "bad name", "x-fine" })
        {
            Assert.DoesNotContain(odd, passed.Headers + passed.Body, StringComparison.Ordinal);
        }

        var refused = await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", "x-ticket: odd-refusal");
        Assert.Equal((401, "show a ticket"), (refused.Status, refused.Body));
        Assert.Contains("x-reason: odd", refused.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("bad name", refused.Headers, StringComparison.Ordinal);
    }

    [PeerTheory(GrpcPeer.PythonPeer)]
    [InlineData("http", Protocols.Http1)]
    [InlineData("http", Protocols.Http2)]
    [InlineData("grpc", Protocols.Http1)]
    [InlineData("grpc", Protocols.Http2)]
    public async Task A_provider_decides_first(string provider, string protocol)
    {
        await mesh.PolicyAsync(
            $"action: CUSTOM, provider: {{ name: {provider} }}, rules: [ {{ to: [ {{ operation: {{ paths: [ '/vault*' ] }} }} ] }} ]",
            "action: DENY, rules: [ { to: [ { operation: { paths: [ /vault/never ] } } ] } ]"
        );
        mesh.Bouncer!.Forget();

        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/open")).Status);
        Assert.False(mesh.Bouncer.Forget());

        var passed = await GuardedMesh.AskAsync(mesh.Client, protocol, "/vault?q=1", "-H", "x-ticket: good", "-d", "0123456789");
        Assert.Equal(200, passed.Status);
        Assert.Contains("x-stamp: seen", passed.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("x-secret", passed.Headers, StringComparison.Ordinal);
        Assert.Contains("ada", passed.Body, StringComparison.Ordinal);
        Assert.Contains("\"bodyLength\":10", passed.Body, StringComparison.Ordinal);
        var asked = await mesh.Bouncer.AskedAsync();
        Assert.Equal(provider == "http" ? "/check/vault?q=1" : "/vault?q=1", asked.GetProperty("path").GetString());
        Assert.Equal("0123456789", asked.GetProperty("body").GetString());
        Assert.Equal("POST", asked.GetProperty("method").GetString());
        if (provider == "grpc")
        {
            Assert.Equal("spiffe://cluster.local/ns/default/sa/client", asked.GetProperty("principal").GetString());
        }
        else
        {
            Assert.Equal("shop", asked.GetProperty("headers").GetProperty("x-mesh").GetString());
            Assert.False(asked.GetProperty("headers").TryGetProperty("user-agent", out _));
        }

        var id = Guid.NewGuid().ToString();
        var refused = await GuardedMesh.AskAsync(mesh.Client, protocol, "/vault", "-H", $"x-request-id: {id}");
        Assert.Equal((401, "show a ticket"), (refused.Status, refused.Body));
        Assert.Contains("x-reason: no ticket", refused.Headers, StringComparison.Ordinal);
        Assert.Contains(" 401 UAEX ext_authz_denied ", await LineAsync(id), StringComparison.Ordinal);

        // Whom the provider lets pass, another policy may refuse; whom it cannot answer about does not pass.
        Assert.Equal(403, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/vault/never", "-H", "x-ticket: good")).Status);
        Assert.Equal(
            provider == "http" ? 503 : 403,
            (await GuardedMesh.AskAsync(mesh.Client, protocol, "/vault", "-H", "x-ticket: broken")).Status
        );
        await mesh.Server.CountsAsync("mesh_authorization_checks_total{", "result=\"error\"", "guards");
    }

    [PeerTheory(GrpcPeer.PythonPeer)]
    [MemberData(nameof(Both))]
    public async Task A_provider_sees_as_much_of_the_body_as_it_wants(string protocol)
    {
        var body = new string('x', 20_000);
        await mesh.PolicyAsync("action: CUSTOM, provider: { name: http }, rules: [ {} ]");
        mesh.Bouncer!.Forget();
        var partial = await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", "x-ticket: good", "-d", body);
        Assert.Equal(200, partial.Status);
        Assert.Contains("\"bodyLength\":20000", partial.Body, StringComparison.Ordinal);
        var asked = await mesh.Bouncer.AskedAsync();
        Assert.Equal(body[..16], asked.GetProperty("body").GetString());
        Assert.Equal("true", asked.GetProperty("headers").GetProperty("x-envoy-auth-partial-body").GetString());

        await mesh.PolicyAsync("action: CUSTOM, provider: { name: grpc }, rules: [ {} ]");
        Assert.Equal(413, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", "x-ticket: good", "-d", body)).Status);
    }

    [Theory]
    [InlineData("closed", 403)]
    [InlineData("open", 200)]
    [InlineData("nobody", 403)]
    public async Task A_provider_that_is_not_there_refuses_unless_it_is_to_fail_open(string provider, int status)
    {
        await mesh.PolicyAsync(
            $"action: CUSTOM, provider: {{ name: {provider} }}, rules: [ {{ to: [ {{ operation: {{ ports: [ '8080' ] }} }} ] }} ]"
        );
        Assert.Equal(status, (await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/")).Status);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task No_client_can_make_a_provider_fail_open()
    {
        await mesh.PolicyAsync("action: CUSTOM, provider: { name: lenient }, rules: [ { to: [ { operation: { ports: [ '8080' ] } } ] } ]");
        var server = $"{mesh.Server.Address}:{EchoUpstream.Http1Port}";
        Task<(int Status, string Body, string Headers)> Ask(params string[] more) =>
            GuardedMesh.AskAsync(server, Protocols.Http1, "/", more);

        // What HTTP allows and .NET's client does not: the provider is not asked, and has not failed.
        foreach (var host in new[] { "t!ll", "a..b", "a%20b", "a;b", new string('a', 300) })
        {
            Assert.Equal(418, (await Ask("-H", $"host: {host}")).Status);
        }

        Assert.Equal(418, (await Ask("-X", "OPTIONS", "--request-target", "*")).Status);
        Assert.Equal(401, (await Ask()).Status);
        // It has said that it has no idea.
        Assert.Equal(200, (await Ask("-H", "x-ticket: broken")).Status);
    }

    [PeerTheory(GrpcPeer.PythonPeer)]
    [MemberData(nameof(Both))]
    public async Task What_a_provider_says_of_a_client_stands_alone(string protocol)
    {
        await mesh.PolicyAsync("action: CUSTOM, provider: { name: http }, rules: [ {} ]");
        var (status, body, _) = await GuardedMesh.AskAsync(
            mesh.Client,
            protocol,
            "/",
            ["-H", "x-ticket: good", "-H", "x-guest: eve", "-H", "X-Guest: eve", "-H", "x_guest: eve"]
        );
        Assert.Equal(200, status);
        Assert.Contains("ada", body, StringComparison.Ordinal);
        Assert.DoesNotContain("eve", body, StringComparison.Ordinal);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task A_provider_of_gRPC_decides_about_connections_and_fails_closed()
    {
        await mesh.PolicyAsync(
            "action: CUSTOM, provider: { name: grpc }, rules: [ { to: [ { operation: { ports: [ '7100' ] } } ] } ]",
            Everything
        );
        await mesh.Bouncer!.SayOfConnectionsAsync("good");
        Assert.Equal("ledger", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
        Assert.Equal("connection", (await mesh.Bouncer.AskedAsync()).GetProperty("over").GetString());
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/")).Status);

        await mesh.Bouncer.SayOfConnectionsAsync("no");
        Assert.Equal("", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
        await mesh.Server.AccessLogAsync(lines => lines.Any(line => line.Contains(" UAEX ext_authz_denied ", StringComparison.Ordinal)));

        await mesh.Bouncer.SayOfConnectionsAsync("broken");
        Assert.Equal("", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
        await mesh.Server.AccessLogAsync(lines => lines.Any(line => line.Contains(" UAEX ext_authz_error ", StringComparison.Ordinal)));
        await mesh.Server.CountsAsync("mesh_authorization_checks_total{", "result=\"denied\"", "guards");
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task A_provider_of_HTTP_closes_connections_that_it_cannot_be_asked_about()
    {
        await mesh.PolicyAsync("action: CUSTOM, provider: { name: http }, rules: [ { } ]", Everything);
        Assert.Equal("", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
        await mesh.PolicyAsync(
            "action: CUSTOM, provider: { name: http }, rules: [ { to: [ { operation: { notPorts: [ '7100' ] } } ] } ]",
            Everything
        );
        Assert.Equal("ledger", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
    }

    private async Task<string> LineAsync(string id)
    {
        var lines = await mesh.Server.AccessLogAsync(lines => lines.Any(line => line.Contains(id, StringComparison.Ordinal)));
        return lines.Single(line => line.Contains(id, StringComparison.Ordinal));
    }
}
