using System.Net;
using System.Net.Http.Json;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Which HTTP version an endpoint is spoken to in, by h2UpgradePolicy and useClientProtocol, whatever the port says.</summary>
[Collection(EchoCollection.Name)]
public sealed class T04ProtocolTests(EchoMesh mesh) : IAsyncLifetime
{
    private const string Http1 = "HTTP/1.1";
    private const string Http2 = "HTTP/2";

    // Of the proxy, or of the upstream itself.
    private const string NotUnderstood = "^(400|50[23])$";

    private readonly string _service = $"spoken-{Guid.NewGuid():N}"[..16];
    private EchoUpstream _upstream = null!; // set by InitializeAsync

    public async Task InitializeAsync() => _upstream = await EchoUpstream.StartAsync("v1");

    public async Task DisposeAsync()
    {
        mesh.Mesh.Delete($"{_service}.yaml");
        await _upstream.DisposeAsync();
    }

    /// <summary>What the port is named, what the upstream speaks (nothing else), and the policy under which a client of each version gets there.</summary>
    public static TheoryData<string, string, string> Upgrades =>
        new()
        {
            { "http", Http2, "h2UpgradePolicy: UPGRADE" },
            { "undeclared", Http2, "h2UpgradePolicy: UPGRADE" },
            { "http", Http1, "h2UpgradePolicy: DO_NOT_UPGRADE" },
            { "http", Http1, "h2UpgradePolicy: DEFAULT" },
            { "http2", Http2, "h2UpgradePolicy: DO_NOT_UPGRADE" },
        };

    [Theory]
    [MemberData(nameof(Upgrades))]
    public async Task T04_An_upgrade_is_for_clients_of_both_versions(string port, string spoken, string policy)
    {
        await ApplyAsync(port, spoken, policy);

        Assert.Equal(spoken, await SpokenAsync(Protocols.Http1));
        Assert.Equal(spoken, await SpokenAsync(Protocols.Http2));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("http2")]
    [InlineData("undeclared")]
    public async Task T04_The_protocol_of_the_client_is_kept_where_asked(string port)
    {
        await ApplyAsync(port, Http1, "useClientProtocol: true");
        Assert.Equal(Http1, await SpokenAsync(Protocols.Http1));
        Assert.Matches(NotUnderstood, await SpokenAsync(Protocols.Http2));

        await ApplyAsync(port, Http2, "useClientProtocol: true");
        Assert.Equal(Http2, await SpokenAsync(Protocols.Http2));
        Assert.Matches(NotUnderstood, await SpokenAsync(Protocols.Http1));
    }

    /// <summary>The version that the upstream saw, or the status where it understood nothing.</summary>
    private async Task<string> SpokenAsync(string protocol)
    {
        using var client = mesh.Client.Client(Protocols.VersionOf(protocol));
        using var response = await client.GetAsync(new Uri($"http://{_service}/"));
        return response.StatusCode == HttpStatusCode.OK
            ? (await response.Content.ReadFromJsonAsync<Echo>())!.Protocol
            : ((int)response.StatusCode).ToString();
    }

    private Task ApplyAsync(string port, string spoken, string policy) =>
        mesh.Mesh.ApplyAsync(
            $"{_service}.yaml",
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{_service}}, namespace: default }
            spec:
              ports: [ { name: {{port}}, port: 80, targetPort: {{PortOf(spoken)}} } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{_service}}-1, namespace: default, labels: { kubernetes.io/service-name: {{_service}} } }
            addressType: IPv4
            ports: [ { name: {{port}}, port: {{PortOf(spoken)}} } ]
            endpoints: [ { addresses: [ {{_upstream.Address}} ], conditions: { ready: true } } ]
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{_service}}, namespace: default }
            spec:
              host: {{_service}}
              trafficPolicy: { connectionPool: { http: { {{policy}} } } }
            """
        );

    private static int PortOf(string spoken) => spoken == Http1 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port;
}
