using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Security;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary>Whose mutual TLS ends here, and who is told apart from whom.</summary>
public sealed class TlsServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestMesh _mesh = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TlsServerTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _mesh.Dispose();
    }

    [Fact]
    public async Task A_workload_is_known_by_its_identity() =>
        Assert.Equal(TestMesh.Id("client"), await KnownAsync(_mesh.Issue(TestMesh.Id("client"))));

    [Fact]
    public async Task A_certificate_with_two_identities_is_nobodys() =>
        await RefusedAsync(_mesh.Issue(TestMesh.Id("client"), TestMesh.Id("server")), "it is no workload's");

    [Fact]
    public async Task A_certificate_that_may_sign_others_is_nobodys() =>
        await RefusedAsync(TestMesh.Issue(_mesh.Root, authority: true, TestMesh.Id("client")), "it is no workload's");

    [Fact]
    public async Task A_certificate_without_an_identity_is_nobodys() =>
        await RefusedAsync(_mesh.Issue("client.example"), "it is no workload's");

    [Fact]
    public async Task Another_trust_domain_of_the_same_root_is_not_ours()
    {
        var other = _mesh.Issue("spiffe://cluster.local.evil.example/ns/default/sa/client");
        await RefusedAsync(other, "is for spiffe://cluster.local.evil.example/ns/default/sa/client, not for spiffe://cluster.local/");
    }

    [Fact]
    public async Task A_certificate_of_another_root_is_refused()
    {
        using var other = new TestMesh();
        await RefusedAsync(other.Issue(TestMesh.Id("client")), "PartialChain");
    }

    [Fact]
    public async Task What_a_workload_has_signed_with_its_own_certificate_is_nobodys()
    {
        using var thief = _mesh.Issue(TestMesh.Id("thief"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(TestMesh.Id("client")));
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var signer = thief.GetECDsaPrivateKey()!;
        using var bare = request.Create(
            thief.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signer),
            thief.NotBefore,
            thief.NotAfter,
            [1, 2, 3]
        );
        await RefusedAsync(bare.CopyWithPrivateKey(key), "CERTIFICATE_VERIFY_FAILED", [thief]);
    }

    [Fact]
    public async Task Who_shows_no_certificate_is_refused() => await RefusedAsync(null, "PEER_DID_NOT_RETURN_A_CERTIFICATE");

    [Fact]
    public async Task Sessions_are_resumed_by_workloads_whose_certificates_come_from_an_intermediate()
    {
        using var intermediate = _mesh.Intermediate();
        // Another one than ours, as in another cluster of the mesh.
        using var theirs = _mesh.Intermediate();
        var server = Server(new(TestMesh.Issue(intermediate, authority: false, TestMesh.Id("server")), [intermediate], [_mesh.Root]));
        var client = SslStreamCertificateContext.Create(
            TestMesh.Issue(theirs, authority: false, TestMesh.Id("client")),
            [theirs],
            offline: true
        );
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(TestMesh.Id("client"), await KnownAsync(server, client));
        }
    }

    [Fact]
    public async Task Who_stalls_in_the_handshake_is_given_up_with_it()
    {
        var server = Server(_mesh.Workload("server"));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listener.LocalEndPoint!);
        using var accepted = await _listener.AcceptAsync();
        using var limit = new CancellationTokenSource();
        var shaking = server.AuthenticateAsync(new NetworkStream(accepted), [], limit.Token).AsTask();
        await client.SendAsync("\x16\x03\x01\x01\x00"u8.ToArray());
        Assert.False(shaking.IsCompleted);

        await limit.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shaking.WaitAsync(Patience));
    }

    private static TlsServer Server(WorkloadCertificate certificate)
    {
        var store = new IdentityStore();
        store.Publish(certificate);
        return new(
            new() { Names = [new NameRule(NameKind.Uri, NameMatch.Prefix, "spiffe://cluster.local/")], Protocols = ["istio"] },
            store,
            TimeProvider.System
        );
    }

    private async Task<string> KnownAsync(X509Certificate2 certificate) =>
        await KnownAsync(Server(_mesh.Workload("server")), SslStreamCertificateContext.Create(certificate, null, offline: true));

    private async Task<string> KnownAsync(TlsServer server, SslStreamCertificateContext client)
    {
        var (stream, accepted) = await MeetAsync(server, client);
        await using var _ = stream;
        var (served, peer) = await accepted;
        await using var __ = served;
        // Tickets come with the first bytes.
        await served.WriteAsync("hello"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[5]);
        return peer.Uri;
    }

    private async Task RefusedAsync(X509Certificate2? certificate, string reason, X509Certificate2Collection? shown = null)
    {
        var context = certificate is null ? null : SslStreamCertificateContext.Create(certificate, shown, offline: true);
        var (stream, accepted) = await MeetAsync(Server(_mesh.Workload("server")), context);
        await using var _ = stream;
        var refused = await Assert.ThrowsAsync<TlsException>(() => accepted);
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
    }

    private async Task<(SslStream Client, Task<(SslStream, PeerIdentity)> Server)> MeetAsync(
        TlsServer server,
        SslStreamCertificateContext? certificate
    )
    {
        var client = new TcpClient();
        var accepting = _listener.AcceptAsync();
        await client.ConnectAsync((IPEndPoint)_listener.LocalEndPoint!);
        using var limit = new CancellationTokenSource(Patience);
        var accepted = server.AuthenticateAsync(new NetworkStream(await accepting, ownsSocket: true), ["istio"], limit.Token).AsTask();
#pragma warning disable CA5359 // the server is what is tested
        var stream = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "outbound_.80_._.server",
                    ClientCertificateContext = certificate,
                    ApplicationProtocols = [new("istio")],
                },
                limit.Token
            );
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            // The server says why.
        }

        await ((Task)accepted).ContinueWith(_ => { }, TaskScheduler.Default);
        return (stream, accepted);
    }
}
