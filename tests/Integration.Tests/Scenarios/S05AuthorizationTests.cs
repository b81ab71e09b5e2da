using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05: who may do what, asked with curl and a real gRPC client of a workload behind its sidecar.</summary>
[Collection(GuardedCollection.Name)]
public sealed class S05AuthorizationTests(GuardedMesh mesh)
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
            { "from: [ { source: { principals: [ old.example/ns/default/sa/client ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { notPrincipals: [ old.example/ns/default/sa/intruder ] } } ]", ["/"], ["intruder", "/"] },
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
            {
                "when: [ { key: 'request.headers[x-shift]', values: [ 'early*' ] } ]",
                ["direct", "/", "-H", "x-shift: early", "-H", "x-shift: early"],
                ["direct", "/", "-H", "x-shift: early", "-H", "x-shift: late"]
            },
            {
                "when: [ { key: 'request.headers[x-shift]', notValues: [ late ] } ]",
                ["/", "-H", "x-shift: early", "-H", "x-shift: early"],
                ["/", "-H", "x-shift: early", "-H", "x-shift: late"]
            },
            { "when: [ { key: source.principal, values: [ '*client' ] } ]", ["/"], ["intruder", "/"] },
            { "when: [ { key: source.namespace, values: [ default ] } ]", ["/"], [] },
            { "when: [ { key: destination.port, values: [ '8080', '8081' ] } ]", ["/"], [] },
            { "when: [ { key: 'request.auth.claims[iss]', notValues: [ '*' ] } ]", ["/"], [] },
            { "when: [ { key: 'experimental.envoy.filters.network.x[y]', notValues: [ '*' ] } ]", ["/"], [] },
            { "from: [ { source: { notServiceAccounts: [ default/intruder ] } } ]", ["/"], ["intruder", "/"] },
            { "from: [ { source: { notIpBlocks: [ 192.0.2.0/24 ] } } ]", ["/"], [] },
            {
                "from: [ { source: { notRemoteIpBlocks: [ 192.0.2.0/24, '2001:db8::/32' ] } } ]",
                ["/"],
                ["/", "-H", "x-forwarded-for: 10.0.0.1, 2001:DB8::7"]
            },
            { "when: [ { key: source.ip, values: [ 127.0.0.0/8 ], notValues: [ 192.0.2.1 ] } ]", ["/"], [] },
            { "when: [ { key: remote.ip, notValues: [ 192.0.2.1 ] } ]", ["/"], ["/", "-H", "x-forwarded-for: 192.0.2.1"] },
            { "when: [ { key: source.namespace, notValues: [ default ] } ]", ["direct", "/"], ["/"] },
            { "when: [ { key: source.principal, notValues: [ '*/sa/intruder' ] } ]", ["/"], ["intruder", "/"] },
            { "when: [ { key: source.serviceAccount, values: [ default/client ] } ]", ["/"], ["intruder", "/"] },
            { "when: [ { key: source.serviceAccount, notValues: [ default/intruder ] } ]", ["/"], ["intruder", "/"] },
            { "when: [ { key: destination.ip, values: [ 127.0.0.0/8 ], notValues: [ 192.0.2.1 ] } ]", ["/"], [] },
            { "when: [ { key: destination.port, notValues: [ '7100' ] } ]", ["/"], [] },
            { "when: [ { key: connection.sni, values: [ 'outbound_.*' ] } ]", ["/"], ["direct", "/"] },
            { "when: [ { key: connection.sni, notValues: [ '*.till.default.svc.cluster.local' ] } ]", ["direct", "/"], ["/"] },
            { "when: [ { key: 'request.headers[X-Shift]', values: [ '*' ] } ]", ["/", "-H", "x-shift;"], ["/"] },
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
    public async Task A_method_in_another_case_gets_around_nothing(string protocol)
    {
        await mesh.PolicyAsync(Everything, "action: DENY, rules: [ { to: [ { operation: { methods: [ GET ] } } ] } ]");

        Assert.Equal(403, (await GuardedMesh.AskAsync(mesh.Client, protocol, "/")).Status);
        foreach (var from in new[] { mesh.Client.Outbound.ToString(), $"{mesh.Server.Address}:{Port(protocol)}" })
        {
            foreach (var method in new[] { "get", "Get", "gET" })
            {
                Assert.Equal(400, (await GuardedMesh.AskAsync(from, protocol, "/", "-X", method)).Status);
            }

            Assert.Equal(200, (await GuardedMesh.AskAsync(from, protocol, "/", "-X", "gets")).Status);
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
    public async Task A_policy_holds_where_its_namespace_and_selector_say()
    {
        const string Policy = "apiVersion: security.istio.io/v1, kind: AuthorizationPolicy";
        const string Deny = "action: DENY, rules: [ { to: [ { operation: { ports: [ '8080' ] } } ] } ]";
        await mesh.PolicyAsync(Everything);
        foreach (
            var (metadata, target, status) in new[]
            {
                ("name: scoped, namespace: istio-system", "", 403),
                ("name: scoped, namespace: istio-system", "selector: { matchLabels: { app: till } },", 403),
                ("name: scoped, namespace: istio-system", "selector: { matchLabels: { app: shop } },", 200),
                ("name: scoped, namespace: default", "", 403),
                ("name: scoped, namespace: default", "targetRefs: [ { kind: Service, group: '', name: till } ],", 403),
                ("name: scoped, namespace: default", "targetRefs: [ { kind: Service, group: '', name: other } ],", 200),
                ("name: scoped, namespace: default", "selector: { matchLabels: { app: till, version: other } },", 200),
                ("name: scoped, namespace: shop", "selector: { matchLabels: { app: till } },", 200),
            }
        )
        {
            await mesh.Mesh.ApplyAsync("scoped.yaml", $"{{ {Policy}, metadata: {{ {metadata} }}, spec: {{ {target} {Deny} }} }}");
            Assert.Equal(status, (await GuardedMesh.AskAsync(mesh.Client, Protocols.Http1, "/")).Status);
        }

        await mesh.Mesh.ApplyAsync("scoped.yaml", "# none any more");
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

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task Grpc_clients_without_a_sidecar_are_held_to_the_same_policy_and_to_mutual_TLS()
    {
        await mesh.PolicyAsync("rules: [ { to: [ { operation: { paths: [ /shop.Cart/Get ] } } ] } ]");
        await using var server = await GrpcPeer.ServeAsync((mesh.App.Address, InjectedService.GrpcTargetPort, "app"));
        var bootstrap = await ProxylessClient.BootstrapAsync(mesh.Mesh, "proxyless");
        await using var resolving = await GrpcPeer.PythonClientAsync(
            $"xds:///{GuardedMesh.Service}.default.svc.cluster.local:9000",
            bootstrap: bootstrap
        );
        await using var plain = await GrpcPeer.PythonClientAsync($"{mesh.Server.Address}:{InjectedService.GrpcTargetPort}");
        foreach (var client in new[] { resolving, plain })
        {
            Assert.Equal("app", Assert.Single(await client.CallAsync("/shop.Cart/Get")).Key);
            var refused = await client.CallAsync("/shop.Cart/Empty");
            Assert.Equal(["PERMISSION_DENIED", $"details: {Denied}"], refused.Keys.Order(StringComparer.Ordinal));
        }

        await ProxylessClient.NeverRefusedAsync(mesh.Mesh, "proxyless");
        await mesh.Mesh.ApplyAsync(
            "peers.yaml",
            "{ apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: { name: till, namespace: default }, "
                + "spec: { selector: { matchLabels: { app: till } }, mtls: { mode: STRICT } } }"
        );
        foreach (var client in new[] { resolving, plain })
        {
            Assert.Contains("UNAVAILABLE", (await client.CallAsync("/shop.Cart/Get")).Keys);
        }

        await mesh.Mesh.ApplyAsync("peers.yaml", "# nobody asks for it any more");
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
