using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ApiServerDouble;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>How <c>meshctl</c> finds a cluster, and gets through to it.</summary>
public sealed class MeshctlClusterTests : IDisposable
{
    private const string Reached = "Secret istio-system/mesh-authority holds no authority";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_found_as_kubectl_finds_it()
    {
        await using var server = await ApiServer.StartAsync();
        var (good, other) = (Write("good", "here", $"server: {server.Address}"), Write("other", "there", "server: 'http://127.0.0.1:1'"));
        Assert.Contains(Reached, await AskAsync($"/nowhere:{good}:{other}"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1", await AskAsync($"{good}:{other}", "--context", "there"), StringComparison.Ordinal);
        Assert.Contains(Reached, await AskAsync(other, "--kubeconfig", good), StringComparison.Ordinal);
        Assert.Contains("exclude each other", await AskAsync(good, "--ca-dir", "x", "--context", "here"), StringComparison.Ordinal);
        Assert.Contains("There is no kubeconfig", await AskAsync("/nowhere"), StringComparison.Ordinal);
    }

    [OtherUserFact]
    public async Task A_user_without_a_home_gets_through_over_TLS()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        await using var server = await ApiServer.StartAsync(certificate);
        _folder.Write("ca.crt", made.ExportCertificatePem());
        var file = Write("config", "here", $"server: {server.Address}, certificate-authority: ca.crt");
        using var process = Process.Start(
            new ProcessStartInfo(
                "sh",
                [
                    "-c",
                    "chmod -R a+rX $1 && exec setpriv --reuid 54321 --clear-groups env -i PATH=$PATH dotnet $2 ca status --kubeconfig $3",
                    "sh",
                    _folder.Path,
                    MeshBinaries.BesideThis.Cli,
                    file,
                ]
            )
            {
                RedirectStandardError = true,
            }
        )!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Contains(Reached, error, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(string kubeConfig, params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = kubeConfig };
        var result = await MeshProgram.RunAsync(MeshBinaries.BesideThis.Cli, environment, ["ca", "status", .. arguments]);
        return result.Output + result.Error;
    }

    private string Write(string file, string name, string cluster)
    {
        _folder.Write(
            file,
            $$"""
            current-context: {{name}}
            contexts: [ { name: {{name}}, context: { cluster: {{name}} } } ]
            clusters: [ { name: {{name}}, cluster: { {{cluster}} } } ]
            """
        );
        return Path.Combine(_folder.Path, file);
    }
}
