using System.Net.Sockets;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>S05: who may connect to a port where no HTTP is spoken, with an identity or without.</summary>
[Collection(GuardedCollection.Name)]
public sealed class S05ConnectionTests(GuardedMesh mesh)
{
    private const string Everything = "rules: [ {} ]";

    /// <summary>A rule, and whom it lets connect to the TCP port: <c>client</c>, <c>intruder</c> (with identities), <c>stranger</c> (in plaintext).</summary>
    public static TheoryData<string, string> ConnectionFields =>
        new()
        {
            { "from: [ { source: { principals: [ cluster.local/ns/default/sa/client ] } } ]", "client" },
            { "from: [ { source: { notPrincipals: [ '*' ] } } ]", "stranger" },
            { "from: [ { source: { notPrincipals: [ '*/sa/intruder' ] } } ]", "client stranger" },
            { "from: [ { source: { namespaces: [ default ] } } ]", "client intruder" },
            { "from: [ { source: { notNamespaces: [ 'def*' ] } } ]", "stranger" },
            { "from: [ { source: { serviceAccounts: [ client ] } } ]", "client" },
            { "from: [ { source: { notServiceAccounts: [ client ] } } ]", "intruder stranger" },
            { "from: [ { source: { ipBlocks: [ 192.0.2.0/24 ] } } ]", "" },
            { "from: [ { source: { notIpBlocks: [ 192.0.2.0/24 ] } } ]", "client intruder stranger" },
            { "from: [ { source: { remoteIpBlocks: [ 127.0.0.0/8 ] } } ]", "client intruder stranger" },
            { "from: [ { source: { notRemoteIpBlocks: [ 127.0.0.0/8 ] } } ]", "" },
            { "to: [ { operation: { ports: [ '7100' ] } } ]", "client intruder stranger" },
            { "to: [ { operation: { notPorts: [ '7100' ] } } ]", "" },
            { "when: [ { key: source.ip, notValues: [ 127.0.0.0/8 ] } ]", "" },
            { "when: [ { key: remote.ip, values: [ 127.0.0.0/8 ] } ]", "client intruder stranger" },
            { "when: [ { key: source.namespace, values: [ default ] } ]", "client intruder" },
            { "when: [ { key: source.principal, notValues: [ '*/sa/intruder' ] } ]", "client stranger" },
            { "when: [ { key: source.serviceAccount, values: [ default/intruder ] } ]", "intruder" },
            { "when: [ { key: destination.ip, values: [ 127.0.0.0/8 ] } ]", "client intruder stranger" },
            { "when: [ { key: destination.ip, notValues: [ 127.0.0.0/8 ] } ]", "" },
            { "when: [ { key: destination.port, notValues: [ '7101' ] } ]", "client intruder stranger" },
            { "when: [ { key: connection.sni, values: [ 'outbound_.7100_.*' ] } ]", "client intruder" },
            { "when: [ { key: connection.sni, notValues: [ '*' ] } ]", "stranger" },
            { "from: [ { source: { requestPrincipals: [ '*' ] } } ]", "" },
            { "when: [ { key: 'request.auth.claims[group]', notValues: [ intern ] } ]", "" },
            { "when: [ { key: 'request.headers[x-shift]', notValues: [ early ] } ]", "" },
            { "to: [ { operation: { notHosts: [ evil.example ] } } ]", "" },
            { "to: [ { operation: { notPaths: [ /secret ] } } ]", "" },
        };

    [Theory]
    [MemberData(nameof(ConnectionFields))]
    public async Task Every_field_lets_those_connect_whom_it_says(string rule, string expected)
    {
        await mesh.PolicyAsync($"rules: [ {{ {rule} }} ]");

        var connected = new List<string>();
        foreach (
            var (name, address) in new[]
            {
                ("client", mesh.Client.Address),
                ("intruder", mesh.Intruder.Address),
                ("stranger", mesh.Server.Address),
            }
        )
        {
            if (await GuardedMesh.ConnectAsync(address, GuardedMesh.TcpPort) == "ledger")
            {
                connected.Add(name);
            }
        }

        Assert.Equal(expected, string.Join(' ', connected));
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

    [Fact]
    public async Task What_is_open_ends_when_a_policy_would_not_let_it_begin()
    {
        await mesh.PolicyAsync(Everything);
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(mesh.Server.Address, GuardedMesh.TcpPort);
        using var client = new TcpClient();
        await client.ConnectAsync(mesh.Client.Address, GuardedMesh.TcpPort);
        var stream = client.GetStream();
        var buffer = new byte[64];
        Assert.Equal("ledger".Length, await stranger.GetStream().ReadAtLeastAsync(buffer, "ledger".Length));
        Assert.Equal("ledger".Length, await stream.ReadAtLeastAsync(buffer, "ledger".Length));

        await mesh.PolicyAsync(Everything, "action: DENY, rules: [ { from: [ { source: { notPrincipals: [ '*' ] } } ] } ]");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            Assert.Equal(0, await stranger.GetStream().ReadAsync(buffer, limit.Token));
        }
        catch (IOException)
        {
            // Reset.
        }

        await mesh.Server.AccessLogAsync(lines =>
            lines.Any(line =>
                line.Contains("rbac_access_denied_matched_policy[ns[default]-policy[policy-1]-rule[0]]", StringComparison.Ordinal)
            )
        );
        // Whom the policy is not about is left alone.
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await stream.ReadAsync(buffer, limit.Token));
    }
}
