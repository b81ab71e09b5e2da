using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security;

/// <summary>Roots as somebody sent or stored them: at least one certificate in PEM, nothing else.</summary>
internal sealed record TrustedRoots(ImmutableArray<X509Certificate2> Certificates)
{
    /// <summary>Null where there is no certificate, or something that is none.</summary>
    public static TrustedRoots? Parse(string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return found.Count == 0 ? null : new([.. found]);
    }
}
