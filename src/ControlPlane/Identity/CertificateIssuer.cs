using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>Pure but for the randomness of keys and serial numbers: makes roots, workloads' certificates and the control plane's own.</summary>
internal static class CertificateIssuer
{
    /// <summary>Certificates are valid from so long before they are made, for verifiers whose clocks are behind.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The control plane's own begin earlier: a proxy whose clock is far behind must be able to talk to it before it can learn the time.
    /// </summary>
    public static readonly TimeSpan ServingBackdating = TimeSpan.FromHours(1);

    /// <summary>How long a root that was made here is valid.</summary>
    public static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>A self-signed root on ECDSA P-256, with its key.</summary>
    public static X509Certificate2 CreateRoot(string trustDomain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The time keeps the names of several roots of one mesh apart, in listings and in verifiers that look issuers up by name.
        var request = new CertificateRequest(
            new X500DistinguishedName($"O={trustDomain}, CN=mesh root {now.UtcDateTime:yyyy-MM-dd'T'HHmmss'Z'}"),
            key,
            HashAlgorithmName.SHA256
        );
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + RootLifetime);
    }

    /// <summary>What a workload shows to servers and clients: one SPIFFE id, nothing else (X509-SVID sections 2 to 4).</summary>
    public static X509Certificate2 IssueWorkload(
        SigningKey signer,
        PublicKey key,
        WorkloadIdentity identity,
        DateTimeOffset now,
        TimeSpan lifetime
    )
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity.Uri));
        return Issue(signer, key, names, [ServerAuthentication, ClientAuthentication], now - Backdating, now + lifetime);
    }

    /// <summary>What the control plane shows to proxies, with its key: names and addresses, which no workload ever gets.</summary>
    public static X509Certificate2 IssueServing(SigningKey signer, IEnumerable<string> names, DateTimeOffset now, TimeSpan lifetime)
    {
        var all = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                all.AddIpAddress(address);
            }
            else
            {
                all.AddDnsName(name);
            }
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(signer, new PublicKey(key), all, [ServerAuthentication], now - ServingBackdating, now + lifetime);
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Issue(
        SigningKey signer,
        PublicKey key,
        SubjectAlternativeNameBuilder names,
        string[] usages,
        DateTimeOffset from,
        DateTimeOffset until
    )
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;
        extensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        extensions.Add(
            new X509KeyUsageExtension(
                key.Oid.Value == "1.2.840.113549.1.1.1"
                    ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment
                    : X509KeyUsageFlags.DigitalSignature,
                true
            )
        );
        OidCollection purposes = [];
        foreach (var usage in usages)
        {
            purposes.Add(new Oid(usage));
        }

        extensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
        // RFC 5280, 4.2.1.6: critical, because the subject is empty.
        extensions.Add(names.Build(critical: true));
        extensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        if (signer.Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } authority)
        {
            extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authority));
        }

        // Nothing is valid longer than what vouches for it.
        DateTimeOffset first = signer.Certificate.NotBefore.ToUniversalTime();
        DateTimeOffset last = signer.Certificate.NotAfter.ToUniversalTime();
        return signer.Sign(generator =>
            request.Create(
                signer.Certificate.SubjectName,
                generator,
                from < first ? first : from,
                until > last ? last : until,
                SerialNumber()
            )
        );
    }

    /// <summary>16 random bytes, positive and without a leading zero (RFC 5280, 4.1.2.2).</summary>
    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }
}
