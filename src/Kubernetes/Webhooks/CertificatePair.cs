using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Webhooks;

/// <summary>A certificate and its key as PEM, as a Secret keeps them. Says nothing of the key as text.</summary>
internal sealed record CertificatePair(string Certificate, string Key)
{
    /// <summary>The certificate alone.</summary>
    /// <exception cref="CryptographicException">It is none.</exception>
    public X509Certificate2 ReadCertificate() => X509Certificate2.CreateFromPem(Certificate);

    /// <summary>The certificate with its key, in the form that TLS servers take on every platform.</summary>
    /// <exception cref="CryptographicException">It is none, or the key is another's.</exception>
    public X509Certificate2 ReadWithKey() => X509Certificate2.CreateFromPem(Certificate, Key);

    /// <summary>An authority of its own.</summary>
    public static CertificatePair Authority(DateTimeOffset now, TimeSpan life)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mesh webhook authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now - Skew, now + life);
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A server's certificate for names, signed by this authority.</summary>
    public CertificatePair Issue(IReadOnlyList<string> names, DateTimeOffset now, TimeSpan life)
    {
        using var authority = ReadWithKey();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={(names[0].Length <= 64 ? names[0] : "webhook")}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false)
        );
        request.CertificateExtensions.Add(Names(names));
        var end = now + life;
        using var certificate = request.Create(
            authority,
            now - Skew,
            end < authority.NotAfter ? end : authority.NotAfter,
            RandomNumberGenerator.GetBytes(16)
        );
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public override string ToString() => "[redacted]";

    // Clocks differ.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private static X509Extension Names(IReadOnlyList<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (System.Net.IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }
}
