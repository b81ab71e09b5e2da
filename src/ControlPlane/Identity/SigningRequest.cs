using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>Pure: reads the public key out of a signing request after checking that its sender owns the private one. Nothing else in it counts.</summary>
internal static class SigningRequest
{
    /// <summary>The longest request that is looked at; RSA 4096 with extensions needs about 2 KiB.</summary>
    public const int MaxLength = 8 * 1024;

    private const int SmallestRsa = 2048;
    private const int LargestRsa = 4096;

    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    /// <summary>The key, or null with the reason.</summary>
    public static PublicKey? Read(string pem, out string problem)
    {
        if (pem.Length is 0 or > MaxLength)
        {
            problem = pem.Length == 0 ? "it is empty" : $"it has {pem.Length} characters, at most {MaxLength} are taken";
            return null;
        }

        try
        {
            // Whoever reads another one than we do must not be led to think that it was certified.
            if (pem.AsSpan()[PemEncoding.Find(pem).Location.End..].ContainsAnyExcept(" \t\r\n"))
            {
                problem = "something follows it";
                return null;
            }

            // Verifies the signature by the key inside: the proof of possession.
            var request = CertificateRequest.LoadSigningRequestPem(
                pem,
                HashAlgorithmName.SHA256,
                CertificateRequestLoadOptions.Default,
                RSASignaturePadding.Pkcs1
            );
            problem = Weakness(request.PublicKey);
            return problem.Length == 0 ? request.PublicKey : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            problem = "it is no PEM signing request signed by the key inside it, ECDSA or RSA";
            return null;
        }
    }

    private static string Weakness(PublicKey key)
    {
        using var ecdsa = key.GetECDsaPublicKey();
        if (ecdsa is not null)
        {
            var curve = ecdsa.ExportParameters(false).Curve;
            return curve.IsNamed && Curves.Contains(curve.Oid.Value) ? "" : "its key is on none of the curves P-256, P-384 and P-521";
        }

        using var rsa = key.GetRSAPublicKey();
        if (rsa is null)
        {
            return "its key is neither ECDSA nor RSA";
        }

        var exponent = rsa.ExportParameters(false).Exponent!;
        return rsa.KeySize is < SmallestRsa or > LargestRsa ? $"its RSA key has {rsa.KeySize} bits; {SmallestRsa} to {LargestRsa} are taken"
            : exponent.Length < 3 || exponent[^1] % 2 == 0 ? "its RSA key has an exponent below 65537 or an even one"
            : "";
    }
}
