using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Security;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Bench;

/// <summary>Mutual TLS 1.3 between two sidecars over loopback, P-256: both ends together, from connect to the first byte back.</summary>
public class Handshake : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _byte = new byte[1];
    private IdentityStore _clientStore = new();
    private TlsServer? _server;
    private TlsClient? _client;
    private int _name;

    [GlobalSetup]
    public void Setup()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var root = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _clientStore = Store("client");
        _server = new(new() { Protocols = ["istio"] }, Store("server"), TimeProvider.System);
        _client = Client("outbound_.80_._.kept");

        IdentityStore Store(string account)
        {
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var asked = new CertificateRequest("", own, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri($"spiffe://cluster.local/ns/default/sa/{account}"));
            asked.CertificateExtensions.Add(names.Build(critical: true));
            asked.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            using var bare = asked.Create(root, now.AddHours(-1), now.AddHours(20), RandomNumberGenerator.GetBytes(8));
            var store = new IdentityStore();
            store.Publish(new(bare.CopyWithPrivateKey(own), [], [X509CertificateLoader.LoadCertificate(root.RawData)]));
            return store;
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A name that was never called before has no session.</summary>
    [Benchmark]
    public Task Full() => ShakeAsync(Client($"outbound_.80_._.anew-{_name++}"));

    [Benchmark]
    public Task Resumed() => ShakeAsync(_client!);

    private TlsClient Client(string name) =>
        new(
            new()
            {
                OwnIdentity = true,
                Trust = TrustKind.Mesh,
                ServerName = name,
                Protocols = ["istio"],
                Names = [new NameRule(NameKind.Uri, NameMatch.Exact, "spiffe://cluster.local/ns/default/sa/server")],
            },
            _clientStore,
            TimeProvider.System
        );

    private async Task ShakeAsync(TlsClient client)
    {
        using var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepting = _listener.AcceptAsync();
        await near.ConnectAsync(_listener.LocalEndPoint!);
        using var far = await accepting;
        far.NoDelay = true;
        var serving = _server!.AuthenticateAsync(new NetworkStream(far), ["istio"], CancellationToken.None).AsTask();
        await using var stream = await client.AuthenticateAsync(new NetworkStream(near), TlsUse.Tcp, CancellationToken.None);
        var (served, _) = await serving;
        await using var _1 = served;
        // Tickets come with it.
        await served.WriteAsync(_byte);
        await stream.ReadExactlyAsync(new byte[1]);
    }
}
