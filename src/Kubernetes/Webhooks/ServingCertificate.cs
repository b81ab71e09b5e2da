using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Webhooks;

/// <summary>Holder of the certificate that a webhook serves at the moment, and of the authorities that API servers are to trust for it.</summary>
public sealed class ServingCertificate
{
    private volatile Held? _held;

    /// <summary>With its key; null until there is one, so that a handshake fails rather than shows something nobody trusts.</summary>
    public X509Certificate2? Current => _held?.Certificate;

    /// <summary>PEM certificates for <c>clientConfig.caBundle</c>; empty until there is a certificate.</summary>
    public string AuthorityPem => _held?.AuthorityPem ?? "";

    /// <summary>Serves this from now on. The one before stays usable for handshakes that hold it.</summary>
    public void Set(X509Certificate2 certificate, string authorityPem) => _held = new(certificate, authorityPem);

    private sealed record Held(X509Certificate2 Certificate, string AuthorityPem);
}
