using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>
/// A mesh with an authority: a client sidecar, and service <c>shop</c> with one pod whose application speaks HTTP/1.1, HTTP/2, a protocol in which the
/// server speaks first (port 7100), and TLS of its own (port 9443).
/// </summary>
public sealed class MtlsMesh : IAsyncLifetime
{
    internal const int GreetingPort = 7100;
    internal const int OwnTlsPort = 9443;
    internal const string Greeting = "220 shop speaks first\r\n";
    internal const string ClientId = "spiffe://cluster.local/ns/default/sa/client";
    internal const string ShopId = "spiffe://cluster.local/ns/default/sa/shop";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<TcpListener> _listeners = [];

    internal LocalMesh Mesh { get; private set; } = null!;

    internal EchoUpstream App { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    internal Sidecar Server { get; private set; } = null!;

    /// <summary>Where strangers find the application's HTTP port: the sidecar stands there.</summary>
    internal IPEndPoint HttpAddress => new(IPAddress.Parse(Server.Address), EchoUpstream.Http1Port);

    internal IPEndPoint GreetingAddress => new(IPAddress.Parse(Server.Address), GreetingPort);

    internal IPEndPoint OwnTlsAddress => new(IPAddress.Parse(Server.Address), OwnTlsPort);

    /// <summary>Where the client's application dials the service that speaks first.</summary>
    internal IPEndPoint GreetingOfClient => new(IPAddress.Parse(Client.Address), GreetingPort);

    public async Task InitializeAsync()
    {
        App = await EchoUpstream.StartAsync("app");
        Listen(GreetingPort, GreetAsync);
        Listen(OwnTlsPort, OwnTlsAsync);
        Mesh = await LocalMesh.StartSecureAsync();
        Server = await InjectedService.StartPodAsync(Mesh, "shop", App);
        Client = await Mesh.StartSidecarAsync();
        Mesh.Write(
            "shop.yaml",
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: shop, namespace: default }
            spec:
              selector: { app: shop }
              ports:
                - { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }
                - { name: http2, port: 81, targetPort: {{EchoUpstream.Http2Port}} }
                - { name: tcp-greeting, port: {{GreetingPort}} }
                - { name: tls-own, port: {{OwnTlsPort}} }
            ---
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: client, namespace: default }
            spec:
              workloadSelector: { labels: { app: client } }
              egress:
                - { port: { number: {{GreetingPort}}, name: tcp, protocol: TCP }, bind: {{Client.Address}}, hosts: [ "./shop.default.svc.cluster.local" ] }
                - { hosts: [ "*/*" ] }
            """
        );
        foreach (var pair in Protocols.AllPairs)
        {
            using var requests = new EchoClient(Client, pair);
            await Wait.UntilAsync(
                $"shop answering over {pair}",
                Patience,
                async () =>
                {
                    using var response = await requests.SendAsync("/", host: "shop");
                    return response.StatusCode == HttpStatusCode.OK;
                },
                CancellationToken.None
            );
        }
    }

    /// <summary>Puts a PeerAuthentication for the pods of shop in force.</summary>
    /// <param name="spec">What stands below the selector, such as <c>mtls: { mode: STRICT }</c>.</param>
    internal Task RequireAsync(string spec) =>
        Mesh.ApplyAsync(
            "peers.yaml",
            $$"""
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: { name: shop, namespace: default }
            spec:
              selector: { matchLabels: { app: shop } }
              {{spec}}
            """
        );

    /// <summary>A stranger's request without TLS; null where there is no answer.</summary>
    internal async Task<HttpStatusCode?> PlaintextAsync(int port = EchoUpstream.Http1Port)
    {
        using var stranger = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{Server.Address}:{port}/"))
        {
            Version = port == EchoUpstream.Http2Port ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            using var response = await stranger.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>A request through the client's sidecar.</summary>
    internal async Task<HttpStatusCode> ThroughSidecarAsync(string pair = Protocols.Http1)
    {
        using var requests = new EchoClient(Client, pair);
        using var response = await requests.SendAsync("/", host: "shop");
        return response.StatusCode;
    }

    /// <summary>All samples of a metric of a sidecar, each with its labels.</summary>
    internal static async Task<string[]> SamplesAsync(Sidecar sidecar, string metric) =>
        [
            .. ((await Wait.TextAsync($"http://{sidecar.Address}:15090/stats/prometheus", CancellationToken.None)) ?? "")
                .Split('\n')
                .Where(line => line.StartsWith(metric, StringComparison.Ordinal)),
        ];

    internal static async Task<double> SumAsync(Sidecar sidecar, string metric, string label = "") =>
        (await SamplesAsync(sidecar, metric))
            .Where(line => line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>What a server says first; empty where it closes without a word.</summary>
    internal static async Task<string> GreetingOfAsync(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            var buffer = new byte[64];
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
        }
        catch (SocketException)
        {
            return "";
        }
    }

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await App.DisposeAsync();
        _listeners.ForEach(listener => listener.Dispose());
    }

    private static async Task GreetAsync(Stream stream)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Greeting));
        // What the client says comes back until it has said all.
        await stream.CopyToAsync(stream);
    }

    private static async Task OwnTlsAsync(Stream stream)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=the application's own", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(certificate);
        await tls.WriteAsync("over TLS of my own\n"u8.ToArray());
        await tls.ShutdownAsync();
    }

    private void Listen(int port, Func<Stream, Task> serve)
    {
        var listener = new TcpListener(IPAddress.Parse(App.Address), port);
        listener.Start();
        _listeners.Add(listener);
        _ = AcceptAsync(listener, serve);
    }

    private static async Task AcceptAsync(TcpListener listener, Func<Stream, Task> serve)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                _ = ServeAsync(client, serve);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The tests are over.
        }
    }

    private static async Task ServeAsync(TcpClient client, Func<Stream, Task> serve)
    {
        using (client)
        {
            try
            {
                await serve(client.GetStream());
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                // A client that left.
            }
        }
    }
}
