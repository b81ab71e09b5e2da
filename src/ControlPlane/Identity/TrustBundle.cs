using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>All roots that the mesh trusts at one moment, in an order that depends on nothing but themselves. Immutable.</summary>
internal sealed class TrustBundle
{
    public TrustBundle(IEnumerable<X509Certificate2> roots)
    {
        Roots = [.. roots.DistinctBy(Fingerprint, StringComparer.Ordinal).OrderBy(Fingerprint, StringComparer.Ordinal)];
        Pem = string.Concat(Roots.Select(root => root.ExportCertificatePem() + "\n"));
    }

    public ImmutableArray<X509Certificate2> Roots { get; }

    /// <summary>All of them, one after the other.</summary>
    public string Pem { get; }

    /// <summary>SHA-256 of a certificate in lower-case hexadecimal, as <c>openssl x509 -fingerprint -sha256</c> gives it with colons.</summary>
    public static string Fingerprint(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));

    public bool Contains(X509Certificate2 root) => Roots.Any(r => r.RawDataMemory.Span.SequenceEqual(root.RawDataMemory.Span));

    /// <summary>Empty where a client's certificate is good at this time; else why it is not.</summary>
    /// <param name="shown">What the client sent behind it.</param>
    public string Judge(X509Certificate2 certificate, X509Certificate2Collection shown, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // client authentication
        chain.ChainPolicy.CustomTrustStore.AddRange(Roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(shown);
        var sound = chain.Build(certificate);
        var reason = string.Join(", ", chain.ChainStatus.Select(status => Explain(status.Status)).Distinct());
        return sound ? "" : reason;
    }

    private static string Explain(X509ChainStatusFlags status) =>
        status switch
        {
            X509ChainStatusFlags.NotTimeValid => "it is expired or not valid yet",
            X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain => "it chains to no root of the mesh",
            _ => status.ToString(),
        };
}
