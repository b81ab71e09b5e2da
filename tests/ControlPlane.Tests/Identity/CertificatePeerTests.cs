using System.Diagnostics;
using System.Security.Cryptography;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>What others make of our certificates: openssl, and gRPC's own library.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class CertificatePeerTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly string directory = Directory.CreateTempSubdirectory("mesh-peer-").FullName;
    private IdentityHost host = null!;

    public async Task InitializeAsync() => host = await IdentityHost.StartAsync();

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [PeerFact("program:openssl")]
    public async Task Openssl_verifies_what_is_issued_for_servers_and_clients()
    {
        var certificate = At("books.pem");
        await File.WriteAllTextAsync(certificate, (await host.AskAsync(IdentityHost.Books))[0]);

        foreach (var purpose in new[] { "sslclient", "sslserver" })
        {
            var verified = await RunAsync("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", host.RootsFile, certificate);
            Assert.Contains("books.pem: OK", verified, StringComparison.Ordinal);
        }

        var text = await RunAsync("openssl", "x509", "-in", certificate, "-noout", "-text");
        Assert.Contains("X509v3 Subject Alternative Name: critical", text, StringComparison.Ordinal);
        Assert.Contains("URI:spiffe://cluster.local/ns/shop/sa/books", text, StringComparison.Ordinal);
        Assert.Contains("ASN1 OID: prime256v1", text, StringComparison.Ordinal);
        Assert.Contains("CA:FALSE", text, StringComparison.Ordinal);
    }

    [PeerFact("program:openssl")]
    public async Task Openssl_connects_with_TLS_1_3_and_1_2_and_nothing_older()
    {
        foreach (var (option, version) in new[] { ("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2") })
        {
            var output = await ConnectAsync(option);
            Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
            Assert.Contains(version, output, StringComparison.Ordinal);
            Assert.Contains("ALPN protocol: h2", output, StringComparison.Ordinal);
        }

        Assert.Contains("Cipher is (NONE)", await ConnectAsync("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), StringComparison.Ordinal);
    }

    [PeerFact("python:grpc")]
    public async Task A_gRPC_client_nobody_here_wrote_gets_a_certificate_and_renews_it_by_itself()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(At("key.pem"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(At("csr.pem"), IdentityHost.SigningRequestFor(key));
        await File.WriteAllTextAsync(At("token"), IdentityHost.Books);

        var said = await RunAsync(
            Peers.Python,
            Path.Combine(Peers.ProjectDirectory, "peers", "python", "certificate_client.py"),
            host.Control.SecureAds.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            host.RootsFile,
            At("token"),
            At("key.pem"),
            At("csr.pem"),
            At("out.pem")
        );

        Assert.Equal("2 True True UNAUTHENTICATED", said.Trim());
        var verified = await RunAsync("openssl", "verify", "-CAfile", host.RootsFile, At("out.pem"));
        Assert.Contains("out.pem: OK", verified, StringComparison.Ordinal);
    }

    private Task<string> ConnectAsync(params string[] options) =>
        RunAsync(
            "openssl",
            [
                "s_client",
                "-connect",
                $"127.0.0.1:{host.Control.SecureAds.Port}",
                "-CAfile",
                host.RootsFile,
                "-verify_ip",
                "127.0.0.1",
                "-alpn",
                "h2",
                .. options,
            ]
        );

    private string At(string name) => Path.Combine(directory, name);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return await output + await error;
    }
}
