using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>An authority that has nothing to do with the mesh, and what it issues, as files for programs.</summary>
internal sealed class Pki : IDisposable
{
    private readonly string _folder;
    private readonly string _name;
    private readonly X509Certificate2 _root;
    private int _issued;

    public Pki(string folder, string name)
    {
        (_folder, _name) = (folder, name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Roots = Path.Combine(folder, $"{name}.pem");
        File.WriteAllText(Roots, _root.ExportCertificatePem());
    }

    /// <summary>A file with the root.</summary>
    public string Roots { get; }

    public (string Certificate, string Key) Issue(string dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={dnsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_root, now.AddHours(-1), now.AddHours(2), RandomNumberGenerator.GetBytes(8));
        var path = Path.Combine(_folder, $"{_name}-{++_issued}");
        File.WriteAllText(path + ".crt", certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(path + ".key", key.ExportPkcs8PrivateKeyPem());
        return (path + ".crt", path + ".key");
    }

    /// <summary>A file with the authority's list of what it has revoked.</summary>
    public string Revoke(params string[] certificates)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var file in certificates)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            builder.AddEntry(certificate);
        }

        var path = Path.Combine(_folder, $"{_name}-{++_issued}.crl");
        var now = TimeProvider.System.GetUtcNow();
        File.WriteAllText(
            path,
            PemEncoding.WriteString("X509 CRL", builder.Build(_root, 1, now.AddDays(1), HashAlgorithmName.SHA256)) + "\n"
        );
        return path;
    }

    public void Dispose() => _root.Dispose();
}
