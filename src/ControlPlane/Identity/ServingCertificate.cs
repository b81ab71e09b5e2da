using System.Collections.Immutable;
using System.Net.Security;

namespace Mesh.ControlPlane.Identity;

/// <summary>The control plane's own certificate: made when first needed, and again past half of its life or when another root signs.</summary>
internal sealed class ServingCertificate(CertificateAuthority authority, ImmutableArray<string> names, TimeProvider time)
{
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private SigningKey? signedBy;
    private DateTimeOffset renewAt;

    /// <summary>For the next handshake.</summary>
    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var signer = authority.State.Signing;
            if (current is null || now >= renewAt || !ReferenceEquals(signer, signedBy))
            {
                var certificate = CertificateIssuer.IssueServing(signer, names, now, authority.Lifetime);
                current = SslStreamCertificateContext.Create(certificate, [.. signer.Chain], offline: true);
                signedBy = signer;
                renewAt = now + ((certificate.NotAfter.ToUniversalTime() - now.UtcDateTime) / 2);
            }

            return current;
        }
    }
}
