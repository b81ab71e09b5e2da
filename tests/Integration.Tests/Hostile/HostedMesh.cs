using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>
/// One pod with a sidecar whose application is the service <c>hosted</c>: a request to it through the outbound port comes back in through the
/// inbound port, so a good answer shows that both directions serve.
/// </summary>
public sealed class HostedMesh : IAsyncLifetime
{
    internal LocalMesh Mesh { get; private set; } = null!;

    internal Sidecar Sidecar { get; private set; } = null!;

    internal EchoUpstream Application { get; private set; } = null!;

    internal IPEndPoint Inbound => new(IPAddress.Parse(Sidecar.Address), EchoUpstream.Http1Port);

    public async Task InitializeAsync()
    {
        Application = await EchoUpstream.StartAsync("hosted");
        Mesh = await LocalMesh.StartAsync();
        var address = LoopbackSubnet.NextAddress();
        Mesh.Write("hosted.yaml", Service("hosted", address));
        Sidecar = await Mesh.StartSidecarAsync(
            "hosted-1",
            labels: "app: hosted",
            address: address,
            extraArguments: ["--app", Application.Address]
        );
        await ServesAsync();
    }

    /// <summary>Waits until the service answers with 200.</summary>
    internal async Task ServesAsync()
    {
        using var client = new EchoClient(Sidecar, Protocols.Http1);
        await Cli.Processes.Wait.UntilAsync(
            "the service answers",
            TimeSpan.FromSeconds(60),
            async () =>
            {
                using var response = await client.SendAsync("/", host: "hosted");
                return response.IsSuccessStatusCode;
            },
            CancellationToken.None
        );
    }

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await Application.DisposeAsync();
    }

    private static string Service(string name, string address) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}}, namespace: default }
            spec:
              selector: { app: {{name}} }
              ports: [ { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{name}}-1, namespace: default, labels: { kubernetes.io/service-name: {{name}} } }
            addressType: IPv4
            ports: [ { name: http, port: {{EchoUpstream.Http1Port}} } ]
            endpoints: [ { addresses: [ {{address}} ], conditions: { ready: true }, targetRef: { kind: Pod, name: {{name}}-1, namespace: default } } ]

            """;
}
