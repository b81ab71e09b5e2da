using System.Security.Cryptography.X509Certificates;

namespace Mesh.Certificates;

/// <summary>What an identity's certificate must not be: one that could vouch for others (X509-SVID, 5.2).</summary>
internal static class LeafCertificates
{
    public static bool MaySign(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            var may = extension switch
            {
                X509BasicConstraintsExtension constraints => constraints.CertificateAuthority,
                X509KeyUsageExtension usage => (usage.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0,
                _ => false,
            };
            if (may)
            {
                return true;
            }
        }

        return false;
    }
}
