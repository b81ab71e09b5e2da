using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Identity;
using Mesh.Grpc;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Who gets a certificate over the secure port, which one, and who does not.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class CertificateServiceTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string BooksId = "spiffe://cluster.local/ns/shop/sa/books";

    private IdentityHost host = null!;

    public async Task InitializeAsync() => host = await IdentityHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_join_token_gets_exactly_its_identity_whatever_the_request_asks_for()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var greedy = IdentityHost.SigningRequestFor(key, "spiffe://cluster.local/ns/istio-system/sa/istiod");

        var chain = await host.AskAsync(IdentityHost.Books, csr: greedy);

        using var certificate = X509Certificate2.CreateFromPem(chain[0]);
        Assert.Equal(BooksId, WorkloadIdentity.Of(certificate)!.Uri);
        Assert.Equal("", certificate.Subject);
        Assert.Empty(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(TimeSpan.FromHours(24) + CertificateIssuer.Backdating, certificate.NotAfter - certificate.NotBefore);
        Assert.Equal("", host.Control.Authority!.Bundle.Judge(certificate, [], TimeProvider.System.GetUtcNow()));
        // What is trusted comes along, last.
        Assert.Equal(await File.ReadAllTextAsync(host.RootsFile), chain[^1]);
    }

    [Fact]
    public async Task A_shorter_life_may_be_asked_for_and_a_longer_one_is_not_given()
    {
        using var hour = X509Certificate2.CreateFromPem((await host.AskAsync(IdentityHost.Books, seconds: 3600))[0]);
        using var year = X509Certificate2.CreateFromPem((await host.AskAsync(IdentityHost.Books, seconds: 365 * 86400))[0]);
        Assert.Equal(TimeSpan.FromHours(1) + CertificateIssuer.Backdating, hour.NotAfter - hour.NotBefore);
        Assert.Equal(TimeSpan.FromHours(24) + CertificateIssuer.Backdating, year.NotAfter - year.NotBefore);
    }

    [Fact]
    public async Task A_certificate_renews_itself_and_nobody_else()
    {
        using var certificate = await host.JoinAsync(IdentityHost.Books);
        using var next = X509Certificate2.CreateFromPem((await host.AskAsync(null, certificate))[0]);
        Assert.Equal(BooksId, WorkloadIdentity.Of(next)!.Uri);
        Assert.NotEqual(certificate.SerialNumber, next.SerialNumber);

        await RefusedAsync(IdentityHost.Mail, certificate);
        await host.LoggedAsync(
            "its client certificate is spiffe://cluster.local/ns/shop/sa/books's and its token spiffe://cluster.local/ns/shop/sa/mail's"
        );
    }

    [Theory]
    [InlineData(null, "neither token nor client certificate")]
    [InlineData("token-of-nobody-0123456789", "nobody knows its token")]
    [InlineData(IdentityHost.Old, "that ended at 2020-01-01")]
    public async Task Who_has_no_good_credential_gets_nothing(string? token, string reason)
    {
        await RefusedAsync(token);
        await host.LoggedAsync("Refused 127.0.0.1", reason);
    }

    [Fact]
    public async Task A_token_for_one_use_serves_one_key_alone()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = IdentityHost.SigningRequestFor(key);
        await host.AskAsync(IdentityHost.Single, csr: csr);
        // The answer may have been lost: the same key may ask again.
        await host.AskAsync(IdentityHost.Single, csr: csr);

        await RefusedAsync(IdentityHost.Single);

        await host.LoggedAsync("a join token of spiffe://cluster.local/ns/shop/sa/cards", "was used before, with another key");
        var spent = await File.ReadAllTextAsync(Path.Combine(host.CaDirectory, "spent-join-tokens"));
        Assert.DoesNotContain(IdentityHost.Single, spent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_are_taken_out_of_the_file_are_good_no_more()
    {
        using var mail = await host.JoinAsync(IdentityHost.Mail);
        await File.WriteAllTextAsync(host.TokenFile, $"{IdentityHost.Books} shop/books\n");

        await RefusedAsync(IdentityHost.Mail);
        // Nor does a certificate renew itself for ever after that.
        await RefusedAsync(null, mail);
        await host.LoggedAsync("there is no join token for spiffe://cluster.local/ns/shop/sa/mail any more");
        await host.AskAsync(IdentityHost.Books);

        // A file that got broken changes nothing, and is told about.
        await File.WriteAllTextAsync(host.TokenFile, "nonsense\n");
        await host.AskAsync(IdentityHost.Books);
        Assert.Contains(
            host.Log.Entries,
            entry => entry.Text.Contains("line 1: write TOKEN NAMESPACE/SERVICE-ACCOUNT", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_request_signed_by_another_key_is_a_forgery()
    {
        using var stolen = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await FailsAsync(GrpcStatusCode.InvalidArgument, IdentityHost.Books, csr: SigningRequestTests.SignedByAnother(stolen, own));

        await host.LoggedAsync("Refused the signing request of spiffe://cluster.local/ns/shop/sa/books", "signed by the key inside");
    }

    [Fact]
    public async Task Certificates_that_are_foreign_or_expired_do_not_get_through_the_handshake()
    {
        var now = TimeProvider.System.GetUtcNow();
        var identity = WorkloadIdentity.Parse(BooksId)!;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = SigningKey.OfRoot(CertificateIssuer.CreateRoot("cluster.local", now));
        using var fromThem = Own(CertificateIssuer.IssueWorkload(foreign, new(key), identity, now, TimeSpan.FromHours(1)));
        var signer = host.Control.Authority!.State.Signing;
        using var expired = Own(
            CertificateIssuer.IssueWorkload(signer, new(key), identity, now - TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(10))
        );

        await FailsAsync(GrpcStatusCode.Unavailable, null, fromThem);
        await host.LoggedAsync("which says spiffe://cluster.local/ns/shop/sa/books, is not good", "it chains to no root of the mesh");
        await FailsAsync(GrpcStatusCode.Unavailable, null, expired);
        await host.LoggedAsync("which says spiffe://cluster.local/ns/shop/sa/books, is not good", "it is expired or not valid yet");

        X509Certificate2 Own(X509Certificate2 bare)
        {
            using (bare)
            {
                return bare.CopyWithPrivateKey(key);
            }
        }
    }

    [Fact]
    public async Task Certificates_of_the_mesh_s_own_root_that_name_no_workload_of_it_are_refused()
    {
        var now = TimeProvider.System.GetUtcNow();
        var signer = host.Control.Authority!.State.Signing;
        foreach (
            var (names, maySign) in new (string[], bool)[]
            {
                (["spiffe://cluster.local/ns/shop/sa/books", "spiffe://cluster.local/ns/shop/sa/mail"], false),
                ([BooksId], true),
                (["spiffe://elsewhere.example/ns/shop/sa/books"], false),
                (["spiffe://cluster.local/ns/shop/sa/books/../mail"], false),
            }
        )
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
            var all = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                all.AddUri(new Uri(name, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            }

            request.CertificateExtensions.Add(all.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(maySign, false, 0, true));
            using var bare = request.Create(signer.Certificate, now.AddMinutes(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
            using var odd = bare.CopyWithPrivateKey(key);
            await RefusedAsync(null, odd);
        }

        await host.LoggedAsync("the client certificate names no workload of cluster.local");
    }

    [Fact]
    public async Task The_plaintext_port_takes_no_credential()
    {
        using var plain = new GrpcChannel(new Uri($"http://{host.Control.Ads}"));
        var refused = await Assert.ThrowsAsync<GrpcException>(() =>
            plain.UnaryAsync(
                CertificateService.Method,
                new() { Csr = "-" },
                new GrpcCallOptions { Headers = IdentityHost.Bearer(IdentityHost.Books) }
            )
        );
        Assert.Equal(GrpcStatusCode.Unauthenticated, refused.Status.Code);
        await host.LoggedAsync("it came without TLS");
    }

    [Fact]
    public async Task A_second_start_finds_the_same_authority_and_keys_are_their_owner_s_alone()
    {
        var authority = Path.Combine(host.CaDirectory, DirectoryAuthorityStore.FileName);
        Assert.True(IdentityHost.IsPrivate(authority));
        await using var second = await IdentityHost.StartAsync(other =>
        {
            Directory.CreateDirectory(other.CaDirectory);
            File.Copy(authority, Path.Combine(other.CaDirectory, DirectoryAuthorityStore.FileName));
            File.Copy(host.RootsFile, other.RootsFile);
        });
        Assert.Equal(host.Control.Authority!.Bundle.Pem, second.Control.Authority!.Bundle.Pem);
        using var certificate = await host.JoinAsync(IdentityHost.Books);
        await second.AskAsync(null, certificate);
    }

    private Task RefusedAsync(string? token, X509Certificate2? certificate = null) =>
        FailsAsync(GrpcStatusCode.Unauthenticated, token, certificate);

    private async Task FailsAsync(GrpcStatusCode status, string? token, X509Certificate2? certificate = null, string? csr = null)
    {
        var refused = await Assert.ThrowsAsync<GrpcException>(() => host.AskAsync(token, certificate, csr));
        Assert.Equal(status, refused.Status.Code);
        // Whoever tries learns nothing.
        Assert.DoesNotContain("shop", refused.Status.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("token", refused.Status.Message, StringComparison.Ordinal);
    }
}
