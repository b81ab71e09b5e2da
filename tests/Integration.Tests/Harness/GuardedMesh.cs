using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// A mesh with identities: service <c>till</c> (HTTP/1.1, HTTP/2, gRPC and TCP) behind a sidecar, a client and an intruder with sidecars of their
/// own, and a service outside of the mesh that says who may pass.
/// </summary>
#pragma warning disable CA1001 // xunit calls DisposeAsync
public sealed class GuardedMesh : IAsyncLifetime
#pragma warning restore CA1001
{
    internal const string Service = "till";
    internal const int TcpPort = 7100;

    private Socket? _ledger;

    internal LocalMesh Mesh { get; private set; } = null!;

    internal EchoUpstream App { get; private set; } = null!;

    internal Sidecar Server { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    internal Sidecar Intruder { get; private set; } = null!;

    /// <summary>Null where Python has no gRPC.</summary>
    internal Bouncer? Bouncer { get; private set; }

    public async Task InitializeAsync()
    {
        App = await EchoUpstream.StartAsync("app");
        _ledger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _ledger.Bind(new IPEndPoint(IPAddress.Parse(App.Address), TcpPort));
        _ledger.Listen();
        _ = ServeLedgerAsync(_ledger);
        Bouncer = Peers.WhyMissing(GrpcPeer.PythonPeer) is null ? await Bouncer.StartAsync() : null;
        Mesh = await LocalMesh.StartSecureAsync();
        Server = await Mesh.StartSidecarAsync("till-app", labels: "app: till, version: app", extraArguments: ["--app", App.Address]);
        Mesh.Write("till.yaml", Till());
        Mesh.Write("bouncer.yaml", BouncerYaml(Bouncer?.Address ?? "127.0.0.1"));
        Client = await Mesh.StartSidecarAsync();
        Intruder = await Mesh.StartSidecarAsync("intruder-1", labels: "app: intruder");
        Mesh.Write("egress.yaml", $"{Egress("client", Client)}---\n{Egress("intruder", Intruder)}");
        foreach (var sidecar in new[] { Client, Intruder })
        {
            foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
            {
                await Wait.UntilAsync(
                    $"{Service} answering over {protocol}",
                    TimeSpan.FromSeconds(60),
                    async () => (await AskAsync(sidecar, protocol, "/")).Status == 200,
                    CancellationToken.None
                );
            }
        }
    }

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await App.DisposeAsync();
        _ledger?.Dispose();
        if (Bouncer is not null)
        {
            await Bouncer.DisposeAsync();
        }
    }

    /// <summary>A policy named <c>policy</c> for the till takes the place of the last; the text is what stands in <c>spec</c>, in flow style.</summary>
    internal Task PolicyAsync(params string[] specs) => PolicyAsync("", specs);

    internal Task PolicyAsync(string annotations, string[] specs) =>
        Mesh.ApplyAsync(
            "policy.yaml",
            string.Join(
                "\n---\n",
                specs.Select(
                    (spec, i) =>
                        "{ apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, "
                        + $"metadata: {{ name: policy-{i}, namespace: default, annotations: {{ {annotations} }} }}, "
                        + $"spec: {{ selector: {{ matchLabels: {{ app: till }} }}, {spec} }} }}"
                )
            )
        );

    /// <summary>What curl gets.</summary>
    internal static Task<(int Status, string Body, string Headers)> AskAsync(
        Sidecar from,
        string protocol,
        string path,
        params string[] arguments
    ) => AskAsync(from.Outbound.ToString(), protocol, path, arguments);

    /// <summary>What curl gets that connects to this address.</summary>
    internal static async Task<(int Status, string Body, string Headers)> AskAsync(
        string address,
        string protocol,
        string path,
        params string[] arguments
    )
    {
        string[] version = protocol == Protocols.Http2 ? ["--http2-prior-knowledge"] : [];
        var output = await Curl.RunAsync([
            "-s",
            "-i",
            "--path-as-is",
            "-w",
            "\n%{http_code}",
            "--connect-to",
            $"::{address}",
            .. version,
            .. arguments,
            $"http://{Service}:{Protocols.PortOf(protocol)}{path}",
        ]);
        var end = output.LastIndexOf('\n');
        // Behind interim responses.
        var text = output[..Math.Max(end, 0)];
        while (text.StartsWith("HTTP/1.1 100", StringComparison.Ordinal) || text.StartsWith("HTTP/2 100", StringComparison.Ordinal))
        {
            text = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        }

        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (int.Parse(output[(end + 1)..]), body < 0 ? "" : text[(body + 4)..], body < 0 ? text : text[..body].ToLowerInvariant());
    }

    /// <summary>What a connection to a TCP port is told before it ends.</summary>
    internal static async Task<string> ConnectAsync(string address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ConnectAsync(IPAddress.Parse(address), port, limit.Token);
        var buffer = new byte[64];
        var length = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(length), limit.Token) is > 0 and var read)
            {
                length += read;
                if (length == read)
                {
                    socket.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (SocketException)
        {
            // Reset: it was told nothing more.
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private static async Task ServeLedgerAsync(Socket ledger)
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await ledger.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }

        static async Task ServeAsync(Socket client)
        {
            using (client)
            {
                try
                {
                    await client.SendAsync("ledger"u8.ToArray());
                    // Open until the client has nothing more to say.
                    var buffer = new byte[64];
                    while (await client.ReceiveAsync(buffer) > 0)
                    {
                        // It says nothing that matters.
                    }
                }
                catch (SocketException)
                {
                    // Cut.
                }
            }
        }
    }

    // Where the applications beside the sidecars dial the till's TCP port.
    private static string Egress(string app, Sidecar sidecar) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: {{app}}, namespace: default }
            spec:
              workloadSelector: { labels: { app: {{app}} } }
              egress:
                - { port: { number: {{TcpPort}}, name: tcp, protocol: TCP }, bind: {{sidecar.Address}}, hosts: [ "./till.default.svc.cluster.local" ] }
                - { hosts: [ "*/*" ] }

            """;

    private string Till() =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: till, namespace: default }
            spec:
              selector: { app: till }
              ports:
                - { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }
                - { name: http2, port: 81, targetPort: {{EchoUpstream.Http2Port}} }
                - { name: grpc, port: 9000, targetPort: {{InjectedService.GrpcTargetPort}} }
                - { name: tcp-ledger, port: {{TcpPort}}, targetPort: {{TcpPort}} }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: till-1, namespace: default, labels: { kubernetes.io/service-name: till } }
            addressType: IPv4
            ports:
              - { name: http, port: {{EchoUpstream.Http1Port}} }
              - { name: http2, port: {{EchoUpstream.Http2Port}} }
              - { name: grpc, port: {{InjectedService.GrpcTargetPort}} }
              - { name: tcp-ledger, port: {{TcpPort}} }
            endpoints: [ { addresses: [ {{Server.Address}} ], conditions: { ready: true }, targetRef: { kind: Pod, name: till-app, namespace: default } } ]
            """;

    private static string BouncerYaml(string address) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: bouncer, namespace: guards }
            spec:
              ports:
                - { name: http, port: {{Bouncer.HttpPort}} }
                - { name: grpc, port: {{Bouncer.GrpcPort}} }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: bouncer-1, namespace: guards, labels: { kubernetes.io/service-name: bouncer } }
            addressType: IPv4
            ports:
              - { name: http, port: {{Bouncer.HttpPort}} }
              - { name: grpc, port: {{Bouncer.GrpcPort}} }
            endpoints: [ { addresses: [ {{address}} ], conditions: { ready: true } } ]
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: istio, namespace: istio-system }
            data:
              mesh: |
                trustDomainAliases: [ old.example ]
                extensionProviders:
                - name: http
                  envoyExtAuthzHttp:
                    service: bouncer.guards.svc.cluster.local
                    port: {{Bouncer.HttpPort}}
                    timeout: 2s
                    pathPrefix: /check
                    statusOnError: "503"
                    includeRequestHeadersInCheck: [x-ticket]
                    includeAdditionalHeadersInCheck: { x-mesh: shop }
                    includeRequestBodyInCheck: { maxRequestBytes: 16, allowPartialMessage: true }
                    headersToUpstreamOnAllow: [x-guest]
                    headersToDownstreamOnDeny: [x-reason]
                    headersToDownstreamOnAllow: [x-stamp]
                - name: grpc
                  envoyExtAuthzGrpc: { service: guards/bouncer.guards.svc.cluster.local, port: {{Bouncer.GrpcPort}}, includeRequestBodyInCheck: { maxRequestBytes: 16 } }
                - name: lenient
                  envoyExtAuthzHttp:
                    service: bouncer.guards.svc.cluster.local
                    port: {{Bouncer.HttpPort}}
                    failOpen: true
                    statusOnError: "418"
                    includeRequestHeadersInCheck: [x-ticket]
                - name: open
                  envoyExtAuthzHttp: { service: gone.guards.svc.cluster.local, port: 1, failOpen: true }
                - name: closed
                  envoyExtAuthzHttp: { service: gone.guards.svc.cluster.local, port: 1 }
            """;
}
