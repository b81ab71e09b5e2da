using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Security;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>A certificate authority made for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = request.CreateSelfSigned(Begin, Begin.AddYears(100));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 PublicRoot => X509CertificateLoader.LoadCertificate(Root.RawData);

    /// <summary>An identity with a key of its own, valid from this moment.</summary>
    public WorkloadCertificate Workload(string uri, DateTimeOffset from, TimeSpan lifetime, TimeSpan skew = default)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var certificate = request.Create(Root, from, from + lifetime, RandomNumberGenerator.GetBytes(8));
        return new(certificate.CopyWithPrivateKey(key), [], [PublicRoot], skew);
    }

    /// <summary>A certificate for somebody else's key.</summary>
    public X509Certificate2 Sign(PublicKey key, string uri, DateTimeOffset now)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build(critical: true));
        return request.Create(Root, now.AddMinutes(-5), now.AddHours(24), RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>What a server at an address shows.</summary>
    public X509Certificate2 Serving(IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build(critical: true));
        using var certificate = request.Create(Root, Begin, Begin.AddYears(90), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The root as the control plane sends it.</summary>
    public Pb.Secret Secret(params TestAuthority[] others) =>
        new()
        {
            Name = SecretResourceNames.Roots,
            ValidationContext = new()
            {
                TrustedCa = new() { InlineString = string.Join('\n', others.Prepend(this).Select(a => a.Root.ExportCertificatePem())) },
            },
        };

    public static ImmutableArray<string> Thumbprints(WorkloadCertificate certificate) => [.. certificate.Roots.Select(r => r.Thumbprint)];

    public void Dispose() => Root.Dispose();
}
