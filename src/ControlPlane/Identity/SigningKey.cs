using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>A certificate of an authority with its key, and how it chains to its root. Never printed: nothing here has a text form.</summary>
internal sealed class SigningKey
{
    /// <param name="certificate">With its private key.</param>
    /// <param name="chain">What workloads show behind their own certificate: this one and those above it, without the root; empty where it is the root.</param>
    /// <param name="root">Where the chain ends.</param>
    public SigningKey(X509Certificate2 certificate, ImmutableArray<X509Certificate2> chain, X509Certificate2 root) =>
        (Certificate, Chain, Root) = (certificate, chain, root);

    public X509Certificate2 Certificate { get; }

    public ImmutableArray<X509Certificate2> Chain { get; }

    public X509Certificate2 Root { get; }

    /// <summary>A root that signs by itself, from what <see cref="CertificateIssuer.CreateRoot"/> made or a store kept.</summary>
    public static SigningKey OfRoot(X509Certificate2 root) => new(root, [], X509CertificateLoader.LoadCertificate(root.RawData));

    public override string ToString() => Certificate.Subject;

    /// <summary>A handle of its own for each use: concurrent signatures share nothing.</summary>
    /// <exception cref="CryptographicException">The key is neither ECDSA nor RSA.</exception>
    internal T Sign<T>(Func<X509SignatureGenerator, T> use)
    {
        using var ecdsa = Certificate.GetECDsaPrivateKey();
        if (ecdsa is not null)
        {
            return use(X509SignatureGenerator.CreateForECDsa(ecdsa));
        }

        using var rsa = Certificate.GetRSAPrivateKey() ?? throw new CryptographicException("the authority's key is neither ECDSA nor RSA");
        return use(X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1));
    }
}
