using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Tests.Host;
using Mesh.Grpc;
using Mesh.Kubernetes.Access;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>The whole control plane with an authority, as it ships, on ports of its own; at the end nothing secret may be in its log.</summary>
internal sealed class IdentityHost : IAsyncDisposable
{
    public const string Books = "token-of-books-0123456789abcdef";
    public const string Mail = "token-of-mail-0123456789abcdef";
    public const string Single = "token-of-one-use-0123456789abcdef";
    public const string Old = "token-of-yesterday-0123456789abcdef";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly string root = Directory.CreateTempSubdirectory("mesh-identity-").FullName;

    private IdentityHost()
    {
        Directory.CreateDirectory(Config);
        File.WriteAllText(
            TokenFile,
            $"{Books} shop/books # a comment\n{Mail} shop/mail\n\n{Single} shop/cards once\n{Old} shop/books until=2020-01-01T00:00:00Z\n"
        );
    }

    public LogList Log { get; } = new();

    public ControlPlaneHost Control { get; private set; } = null!;

    public string Config => Path.Combine(root, "config");

    public string CaDirectory => Path.Combine(root, "ca");

    public string TokenFile => Path.Combine(root, "tokens");

    public string RootsFile => Path.Combine(CaDirectory, DirectoryAuthorityStore.RootsFileName);

    public Uri Address => new($"https://127.0.0.1:{Control.SecureAds.Port}");

    public X509Certificate2Collection Anchors => [.. Control.Authority!.Bundle.Roots];

    /// <param name="prepare">Puts files in place before the start.</param>
    /// <param name="cluster">Followed instead of files; keeps the authority and reviews tokens then.</param>
    public static async Task<IdentityHost> StartAsync(Action<IdentityHost>? prepare = null, ApiServer? cluster = null)
    {
        var host = new IdentityHost();
        prepare?.Invoke(host);
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var options = cluster is null
            ? new ControlPlaneOptions(host.Config, any, any, MeshSettings.Default)
            {
                Identity = new()
                {
                    SecureAds = any,
                    Directory = host.CaDirectory,
                    JoinTokens = host.TokenFile,
                },
            }
            : new ControlPlaneOptions(null, any, any, MeshSettings.Default)
            {
                Identity = new() { SecureAds = any },
                Kubernetes = new(new ClusterAccess { Server = cluster.Address }) { Identity = Guid.NewGuid().ToString() },
            };
        host.Control = ControlPlaneHost.Build(options, logging => logging.AddProvider(host.Log));
        await host.Control.StartAsync();
        return host;
    }

    /// <summary>Puts an object's file in place, in one step.</summary>
    public void Write(string name, string yaml)
    {
        var temporary = Path.Combine(root, name);
        File.WriteAllText(temporary, yaml);
        File.Move(temporary, Path.Combine(Config, name), overwrite: true);
    }

    /// <summary>Asks for a certificate for a key; the answer's PEM texts.</summary>
    /// <param name="csr">Null for a sound one.</param>
    public async Task<IList<string>> AskAsync(
        string? token,
        X509Certificate2? certificate = null,
        string? csr = null,
        ECDsa? key = null,
        long seconds = 0,
        Uri? address = null
    )
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var channel = Connect(certificate, address);
        var answer = await channel
            .UnaryAsync(
                CertificateService.Method,
                new Pb.IstioCertificateRequest { Csr = csr ?? SigningRequestFor(key ?? own), ValidityDuration = seconds },
                new GrpcCallOptions { Headers = Bearer(token) }
            )
            .WaitAsync(Bound);
        return answer.CertChain;
    }

    /// <summary>A certificate with its key, as a workload has it.</summary>
    public async Task<X509Certificate2> JoinAsync(string token, long seconds = 0)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var chain = await AskAsync(token, key: key, seconds: seconds);
        using var bare = X509Certificate2.CreateFromPem(chain[0]);
        return bare.CopyWithPrivateKey(key);
    }

    public GrpcChannel Connect(X509Certificate2? certificate = null, Uri? address = null) =>
        new(
            address ?? Address,
            new GrpcChannelOptions
            {
                Tls = new GrpcTlsOptions { TrustAnchors = Anchors, ClientCertificate = certificate is null ? null : () => certificate },
            }
        );

    public static GrpcMetadata Bearer(string? token)
    {
        var headers = new GrpcMetadata();
        if (token is not null)
        {
            headers.Add("authorization", $"Bearer {token}");
        }

        return headers;
    }

    public static string SigningRequestFor(ECDsa key, string? asking = null)
    {
        var request = new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256);
        if (asking is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri(asking));
            names.AddDnsName("istiod.istio-system.svc");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        }

        return request.CreateSigningRequestPem();
    }

    /// <summary>Waits for a warning with these words: what an operator finds out.</summary>
    public async Task LoggedAsync(params string[] words)
    {
        using var patience = new CancellationTokenSource(Bound);
        while (
            !Log.Entries.Any(entry =>
                entry.Level == LogLevel.Warning && words.All(word => entry.Text.Contains(word, StringComparison.Ordinal))
            )
        )
        {
            Assert.False(
                patience.IsCancellationRequested,
                $"not logged: {string.Join(", ", words)}; but: {string.Join('\n', Log.Entries.Select(entry => entry.Text))}"
            );
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Whether a file is for its owner's eyes alone.</summary>
#pragma warning disable CA1416 // tests run on Linux alone
    public static bool IsPrivate(string path) => File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite);
#pragma warning restore CA1416

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        Directory.Delete(root, recursive: true);
        foreach (var (_, text) in Log.Entries)
        {
            Assert.DoesNotContain("token-of-", text, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE KEY", text, StringComparison.Ordinal);
        }
    }
}
