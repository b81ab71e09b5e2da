using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary><c>caCrl</c>: a server is believed where a list of every issuer on the way, in force and signed by it, does not name it.</summary>
public sealed class RevocationTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly TestMesh _mesh = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-crl-").FullName;

    public void Dispose()
    {
        _mesh.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_certificate_that_no_list_names_is_good()
    {
        using var certificate = _mesh.Issue("shop.example");
        Write(List(_mesh.Root, Now.AddDays(1), _mesh.Issue("other.example")));
        Assert.Null(await ProblemAsync(certificate));
    }

    [Fact]
    public async Task A_revoked_one_is_refused_and_the_file_is_followed()
    {
        using var certificate = _mesh.Issue("shop.example");
        Write(List(_mesh.Root, Now.AddDays(1)));
        Assert.Null(await ProblemAsync(certificate));
        Write(List(_mesh.Root, Now.AddDays(1), certificate));
        Assert.Contains($"certificate {certificate.SerialNumber} of ", await ProblemAsync(certificate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_authority_on_the_way_must_answer()
    {
        using var intermediate = _mesh.Intermediate();
        using var certificate = TestMesh.Issue(intermediate, authority: false, "shop.example");
        Write(List(_mesh.Root, Now.AddDays(1)));
        Assert.Contains(
            "caCrl has no revocation list of CN=intermediate",
            await ProblemAsync(certificate, intermediate),
            StringComparison.Ordinal
        );
        Write(List(_mesh.Root, Now.AddDays(1)) + List(intermediate, Now.AddDays(1)));
        Assert.Null(await ProblemAsync(certificate, intermediate));
        Write(List(_mesh.Root, Now.AddDays(1), intermediate) + List(intermediate, Now.AddDays(1)));
        Assert.Contains("is revoked", await ProblemAsync(certificate, intermediate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_and_forged_lists_say_nothing()
    {
        using var certificate = _mesh.Issue("shop.example");
        Write(List(_mesh.Root, Now.AddMinutes(-1)));
        Assert.Contains("ended at", await ProblemAsync(certificate), StringComparison.Ordinal);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = new CertificateRequest(_mesh.Root.SubjectName, key, HashAlgorithmName.SHA256);
        forged.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        forged.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(forged.PublicKey, false));
        using var forger = forged.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        Write(List(forger, Now.AddDays(1)));
        Assert.Contains("caCrl has no revocation list of", await ProblemAsync(certificate), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "there is no revocation list in")]
    [InlineData("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "it is no certificate revocation list")]
    public async Task A_file_that_is_of_no_use_is_named_with_its_field(string content, string problem)
    {
        using var certificate = _mesh.Issue("shop.example");
        Write(content);
        var said = await ProblemAsync(certificate);
        Assert.Contains("caCrl: ", said, StringComparison.Ordinal);
        Assert.Contains(problem, said, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "list.pem"));
        Assert.Contains("list.pem", await ProblemAsync(certificate), StringComparison.Ordinal);
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_anything_else()
    {
        var sound = Convert.FromBase64String(Body(List(_mesh.Root, Now.AddDays(1), _mesh.Issue("a.example"))));
        var random = new Random(41);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])sound.Clone();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                RevocationList.Read(bytes[..random.Next(1, bytes.Length + 1)]);
            }
            catch (CryptographicException)
            {
                // As it should.
            }
        }
    }

    private void Write(string lists)
    {
        var file = Path.Combine(_folder, "list.pem");
        var before = File.Exists(file) ? File.GetLastWriteTimeUtc(file) : DateTime.UnixEpoch;
        File.WriteAllText(file, lists);
        File.SetLastWriteTimeUtc(file, before.AddSeconds(1));
    }

    private static string Body(string pem) => pem[PemEncoding.Find(pem).Base64Data];

    private static string List(X509Certificate2 issuer, DateTimeOffset nextUpdate, params X509Certificate2[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
        {
            builder.AddEntry(certificate);
        }

        var list = builder.Build(issuer, 1, nextUpdate, HashAlgorithmName.SHA256, thisUpdate: nextUpdate.AddDays(-2));
        return PemEncoding.WriteString("X509 CRL", list) + "\n";
    }

    /// <summary>Null where a connection comes about.</summary>
    private async Task<string?> ProblemAsync(X509Certificate2 certificate, params X509Certificate2[] chain)
    {
        using var peer = new TlsPeer(certificate, chain);
        var client = new TlsClient(
            new()
            {
                Trust = TrustKind.Authorities,
                Authorities = new PemSource(null, _mesh.Root.ExportCertificatePem()),
                Revoked = new PemSource(Path.Combine(_folder, "list.pem"), ""),
                Names = [new NameRule(NameKind.Dns, NameMatch.Exact, "shop.example")],
                ServerName = "shop.example",
            },
            null,
            TimeProvider.System
        );
        var accepted = peer.AcceptAsync();
        try
        {
            using var near = await UpstreamDialer.DialAsync(
                peer.Address,
                TimeSpan.FromSeconds(30),
                new TransportSettings(null, client),
                TlsUse.Http1,
                default
            );
            (await accepted).Dispose();
            return null;
        }
        catch (UpstreamConnectException error)
        {
            return error.Message;
        }
        finally
        {
            await ((Task)accepted).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
