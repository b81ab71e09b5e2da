using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05: who may do what, asked with curl, sockets and a real gRPC client of a workload behind its sidecar.</summary>
public sealed class S05AuthorizationTests(GuardedMesh mesh) : IClassFixture<GuardedMesh>
{
    private const string Denied = "RBAC: access denied";
    private const string Everything = "rules: [ {} ]";

    public static TheoryData<string> Both => Protocols.Both;

    /// <summary>A rule, a path with curl's arguments that it takes, and one that it does not.</summary>
    public static TheoryData<string, string[], string[]> Fields =>
        new()
        {
            { "from: [ { source: { principals: [ cluster.local/ns/default/sa/client ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { principals: [ '*/sa/client' ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { notPrincipals: [ 'cluster.local/ns/default/sa/in*' ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { serviceAccounts: [ client ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { namespaces: [ 'def*' ], principals: [ '*client' ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { notNamespaces: [ shop ] } } ]", ["/"], [] },
            { "from: [ { source: { ipBlocks: [ 127.0.0.0/8 ] } } ]", ["/"], [] },
            { "from: [ { source: { remoteIpBlocks: [ 192.0.2.0/24 ] } } ]", ["/", "-H", "x-forwarded-for: 192.0.2.9"], ["/"] },
            { "to: [ { operation: { methods: [ GET ] } } ]", ["/"], ["/", "-X", "DELETE"] },
            { "to: [ { operation: { notMethods: [ DELETE ] } } ]", ["/"], ["/", "-X", "DELETE"] },
            { "to: [ { operation: { paths: [ /exact ] } } ]", ["/exact?x=1"], ["/exact/more"] },
            { "to: [ { operation: { paths: [ '/pre*' ] } } ]", ["/prefix"], ["/x/pre"] },
            { "to: [ { operation: { paths: [ '*.txt' ] } } ]", ["/a/b.txt"], ["/a/b.txt2"] },
            { "to: [ { operation: { paths: [ '/items/{*}/lines/{**}' ] } } ]", ["/items/1/lines/2/3"], ["/items/1/2/lines/3"] },
            { "to: [ { operation: { paths: [ '*' ], notPaths: [ /secret ] } } ]", ["/open"], ["/secret"] },
            { "to: [ { operation: { notPaths: [ /secret ] } } ]", ["/open"], ["/x/../secret"] },
            { "to: [ { operation: { hosts: [ shop.example ] } } ]", ["direct", "/", "-H", "host: SHOP.example:99"], ["direct", "/"] },
            { "to: [ { operation: { notHosts: [ 'evil.*' ] } } ]", ["direct", "/"], ["direct", "/", "-H", "host: EVIL.example"] },
            { "to: [ { operation: { ports: [ '8080', '8081' ] } } ]", ["/"], [] },
            { "to: [ { operation: { notPorts: [ '7100' ] } } ]", ["/"], [] },
            { "when: [ { key: 'request.headers[x-shift]', values: [ 'early*' ] } ]", ["/", "-H", "x-shift: early-bird"], ["/"] },
            { "when: [ { key: 'request.headers[x-shift]', notValues: [ '*' ] } ]", ["/"], ["/", "-H", "x-shift: late"] },
            { "when: [ { key: source.principal, values: [ '*client' ] } ]", ["/"], ["intruder", "/"] },
            { "when: [ { key: source.namespace, values: [ default ] } ]", ["/"], [] },
            { "when: [ { key: destination.port, values: [ '8080', '8081' ] } ]", ["/"], [] },
            { "when: [ { key: 'request.auth.claims[iss]', notValues: [ '*' ] } ]", ["/"], [] },
            { "when: [ { key: 'experimental.envoy.filters.network.x[y]', notValues: [ '*' ] } ]", ["/"], [] },
        };

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_empty_policy_denies_everything_and_the_log_says_so(string protocol)
    {
        await mesh.PolicyAsync("action: ALLOW");

        var id = Guid.NewGuid().ToString();
        var answer = await GuardedMesh.AskAsync(mesh.Client, protocol, "/", "-H", $"x-request-id: {id}");

        Assert.Equal((403, Denied), (answer.Status, answer.Body));
        var line = await LineAsync(id);
        Assert.Contains(" 403 - rbac_access_denied_matched_policy[none] ", line, StringComparison.Ordinal);
        await mesh.Server.CountsAsync("mesh_authorization_denied_total{", "policy=\"none\"", "protocol=\"http\"");
        Assert.Equal("", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Every_field_allows_what_it_says_and_nothing_else(string rule, string[] taken, string[] refused)
    {
        await mesh.PolicyAsync($"rules: [ {{ {rule} }} ]");

        foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
        {
            Assert.Equal(200, (await AskAsync(protocol, taken)).Status);
            if (refused.Length > 0)
            {
                Assert.Equal(403, (await AskAsync(protocol, refused)).Status);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_denial_beats_every_permission_and_is_named(string protocol)
    {
        await mesh.PolicyAsync(Everything, "action: DENY, rules: [ { to: [ { operation: { paths: [ '/vault*' ] } } ] } ]");

        var id = Guid.NewGuid().ToString();
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/open")).Status);
        Assert.Equal(403, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/vault", "-H", $"x-request-id: {id}")).Status);
        const string Policy = "ns[default]-policy[policy-1]-rule[0]";
        Assert.Contains($"rbac_access_denied_matched_policy[{Policy}]", await LineAsync(id), StringComparison.Ordinal);
        await mesh.Server.CountsAsync("mesh_authorization_denied_total{", $"policy=\"{Policy}\"");
        Assert.Contains($"Policy {Policy} refused GET /vault", await File.ReadAllTextAsync(mesh.Server.LogFile), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_dry_run_and_an_audit_count_and_let_pass(string protocol)
    {
        await mesh.PolicyAsync("istio.io/dry-run: 'true'", ["action: DENY, rules: [ { to: [ { operation: { paths: [ /tried ] } } ] } ]"]);
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/tried")).Status);
        await mesh.Server.CountsAsync("mesh_authorization_dry_run_denied_total{", "policy=\"ns[default]-policy[policy-0]-rule[0]\"");

        await mesh.PolicyAsync("action: AUDIT, rules: [ { to: [ { operation: { paths: [ /noted ] } } ] } ]");
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/noted")).Status);
        await mesh.Server.CountsAsync("mesh_authorization_audited_total{", "policy=\"ns[default]-policy[policy-0]-rule[0]\"");
    }

    [Fact]
    public async Task A_broken_policy_closes_what_it_is_for()
    {
        await mesh.PolicyAsync(Everything);
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/")).Status);
        await mesh.Mesh.ApplyAsync(
            "broken.yaml",
            "{ apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: { name: broken, namespace: default }, "
                + "spec: { selector: { matchLabels: { app: till } }, aktion: ALLOW } }"
        );

        var answer = await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/");
        await mesh.Mesh.ApplyAsync("broken.yaml", "# corrected by deleting it");
        Assert.Equal((403, Denied), (answer.Status, answer.Body));
        Assert.Equal(200, (await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/")).Status);
    }

    [Fact]
    public async Task Connections_that_are_not_HTTP_pass_or_are_closed()
    {
        await mesh.PolicyAsync(
            "rules: [ { from: [ { source: { ipBlocks: [ 127.0.0.0/8 ] } } ], to: [ { operation: { ports: [ '7100' ] } } ] } ]"
        );
        Assert.Equal("ledger", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));

        // A stranger in plaintext is nobody; what asks about requests allows no connection, and denies by the rest.
        foreach (
            var spec in new[]
            {
                "rules: [ { from: [ { source: { principals: [ '*' ] } } ] } ]",
                "rules: [ { to: [ { operation: { methods: [ GET ] } } ] } ]",
                "action: DENY, rules: [ { to: [ { operation: { methods: [ GET ] } } ] } ]",
            }
        )
        {
            await mesh.PolicyAsync(spec);
            Assert.Equal("", await GuardedMesh.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort));
        }

        await mesh.Server.AccessLogAsync(lines =>
            lines.Any(line =>
                line.Contains("rbac_access_denied_matched_policy[ns[default]-policy[policy-0]-rule[0]]", StringComparison.Ordinal)
            )
        );
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task Grpc_clients_are_told_in_trailers()
    {
        await mesh.PolicyAsync("rules: [ { to: [ { operation: { paths: [ /shop.Cart/Get ] } } ] } ]");
        await using var server = await GrpcPeer.ServeAsync((mesh.App.Address, InjectedService.GrpcTargetPort, "app"));
        await using var client = await GrpcPeer.PythonClientAsync(mesh.Client.Outbound.ToString(), $"{GuardedMesh.Service}:9000");

        Assert.Equal("app", Assert.Single(await client.CallAsync("/shop.Cart/Get")).Key);
        var refused = await client.CallAsync("/shop.Cart/Empty");
        Assert.Equal(["PERMISSION_DENIED", $"details: {Denied}"], refused.Keys.Order(StringComparer.Ordinal));
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

    private Task<(int Status, string Body, string Headers)> AskAsync(string protocol, string[] request) =>
        request[0] switch
        {
            "intruder" => GuardedMesh.AskAsync(mesh.Intruder, protocol, request[1], request[2..]),
            // A host that is none of the mesh's is not routed by the client's sidecar.
            "direct" => GuardedMesh.AskAsync($"{mesh.Server.Address}:{Port(protocol)}", protocol, request[1], request[2..]),
            _ => GuardedMesh.AskAsync(mesh.Client, protocol, request[0], request[1..]),
        };

    private static int Port(string protocol) => protocol == Protocols.Http1 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port;

    private async Task<string> LineAsync(string id)
    {
        var lines = await mesh.Server.AccessLogAsync(lines => lines.Any(line => line.Contains(id, StringComparison.Ordinal)));
        return lines.Single(line => line.Contains(id, StringComparison.Ordinal));
    }
}
