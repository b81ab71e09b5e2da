using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary>A certificate authority made for one test, and the identities that it gives.</summary>
internal sealed class TestMesh : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;

    public TestMesh()
    {
        var request = new CertificateRequest($"CN=test root {RandomNumberGenerator.GetHexString(8)}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(2));
    }

    public X509Certificate2 Root => _root;

    public static string Id(string account, string ns = "default") => $"spiffe://cluster.local/ns/{ns}/sa/{account}";

    public X509Certificate2 Issue(params string[] names) => Issue(_root, authority: false, names);

    /// <summary>Between the root and workloads.</summary>
    public X509Certificate2 Intermediate() => Issue(_root, authority: true, "spiffe://cluster.local");

    /// <param name="authority">It may sign others.</param>
    public static X509Certificate2 Issue(X509Certificate2 issuer, bool authority, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(authority ? "CN=intermediate" : "", key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                san.AddIpAddress(address);
            }
            else if (name.Contains("://", StringComparison.Ordinal))
            {
                san.AddUri(new Uri(name));
            }
            else
            {
                san.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(san.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        if (authority)
        {
            request.CertificateExtensions.Add(
                new X509KeyUsageExtension(
                    X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature,
                    true
                )
            );
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        }

        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(issuer, now.AddMinutes(-30), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>What a proxy of that service account holds.</summary>
    public WorkloadCertificate Workload(string account, string ns = "default") => new(Issue(Id(account, ns)), [], [_root]);

    public IdentityStore Store(string account, string ns = "default")
    {
        var store = new IdentityStore();
        store.Publish(Workload(account, ns));
        return store;
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }
}
