using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>The openssl program as a peer of another make, and certificates for it.</summary>
internal static class OpenSsl
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All that <c>openssl s_client</c> printed.</summary>
    /// <param name="request">Sent once connected; what the server says is waited for until it closes, or for a few seconds.</param>
    public static async Task<string> ConnectAsync(IPEndPoint address, string request = "", params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("openssl", ["s_client", "-connect", address.ToString(), "-ign_eof", "-showcerts", .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.WriteAsync(request);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return output + Names(output) + await errors;
    }

    /// <summary>All that <c>openssl s_client</c> printed after it asked for another handshake on a connection that has one (TLS 1.2 alone knows that).</summary>
    public static async Task<string> RenegotiateAsync(IPEndPoint address, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("openssl", ["s_client", "-connect", address.ToString(), "-tls1_2", .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        // At the start of a line a command; the end of the input would be one to leave.
        await process.StandardInput.WriteLineAsync("R");
        await process.StandardInput.FlushAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return await output + await errors;
    }

    /// <summary>A certificate that anybody could make, as files.</summary>
    public static Task<(string Certificate, string Key)> SelfSignedAsync(string folder, string id)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request(id, key)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        return Task.FromResult(Write(folder, certificate, key));
    }

    /// <summary>A certificate by the mesh's authority, as files.</summary>
    public static (string Certificate, string Key) IssuedBy(string authority, string id, string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(authority, id, key);
        return Write(folder, certificate, key);
    }

    /// <summary>The same for a server of the test's own.</summary>
    public static X509Certificate2 IssuedBy(string authority, string id)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(authority, id, key);
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Issue(string authority, string id, ECDsa key)
    {
        var signing = JsonNode.Parse(File.ReadAllText(Path.Combine(authority, "authority.json")))!["signing"]!;
        using var issuer = X509Certificate2.CreateFromPem((string)signing["certificate"]!, (string)signing["key"]!);
        var now = TimeProvider.System.GetUtcNow();
        return Request(id, key).Create(issuer, issuer.NotBefore, now.AddHours(2), RandomNumberGenerator.GetBytes(8));
    }

    private static CertificateRequest Request(string id, ECDsa key)
    {
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(id));
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        return request;
    }

    private static (string, string) Write(string folder, X509Certificate2 certificate, ECDsa key)
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path + ".crt", certificate.ExportCertificatePem());
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        return (path + ".crt", path + ".key");
    }

    // s_client prints certificates, not their names.
    private static string Names(string output)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(output);
        return certificates.Count == 0
            ? ""
            : string.Join(
                '\n',
                certificates[0].Extensions.OfType<X509SubjectAlternativeNameExtension>().Select(names => names.Format(multiLine: true))
            );
    }
}
