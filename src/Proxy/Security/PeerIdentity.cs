using System.Security.Cryptography.X509Certificates;
using Mesh.Certificates;

namespace Mesh.Proxy.Security;

/// <summary>Who is at the other end of a connection that mutual TLS has verified: one SPIFFE id with its parts and the certificate that proves it.</summary>
internal sealed class PeerIdentity
{
    private const string Scheme = "spiffe://";

    private PeerIdentity(string uri, string trustDomain, string? @namespace, string? serviceAccount, X509Certificate2? certificate)
    {
        Uri = uri;
        TrustDomain = trustDomain;
        Namespace = @namespace;
        ServiceAccount = serviceAccount;
        Certificate = certificate;
        Utf8 = System.Text.Encoding.UTF8.GetBytes(uri);
    }

    /// <summary>As in the certificate: <c>spiffe://cluster.local/ns/default/sa/reviews</c>.</summary>
    public string Uri { get; }

    /// <summary>The same in UTF-8, for comparisons on the way of a request.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    public string TrustDomain { get; }

    /// <summary>The id without its scheme, as policies and Istio's metrics write principals: <c>cluster.local/ns/default/sa/reviews</c>.</summary>
    public ReadOnlyMemory<char> Principal => Uri.AsMemory(Scheme.Length);

    /// <summary>Null where the id is not of the form <c>/ns/NAMESPACE/sa/ACCOUNT</c>.</summary>
    public string? Namespace { get; }

    /// <summary>Null where <see cref="Namespace"/> is.</summary>
    public string? ServiceAccount { get; }

    /// <summary>The certificate that proved it.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The identity in a SPIFFE id; null for anything else (SPIFFE-ID section 2: scheme, trust domain, path; no port, query or fragment).</summary>
    public static PeerIdentity? Parse(string uri, X509Certificate2? certificate = null)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal) || uri.AsSpan().IndexOfAny("?#%\\") >= 0)
        {
            return null;
        }

        var slash = uri.IndexOf('/', Scheme.Length);
        var domain = slash < 0 ? uri[Scheme.Length..] : uri[Scheme.Length..slash];
        if (domain.Length == 0 || domain.AsSpan().IndexOfAny(":@") >= 0)
        {
            return null;
        }

        var parts = slash < 0 ? [] : uri[(slash + 1)..].Split('/');
        return parts is ["ns", { Length: > 0 } ns, "sa", { Length: > 0 } account]
            ? new PeerIdentity(uri, domain, ns, account, certificate)
            : new PeerIdentity(uri, domain, null, null, certificate);
    }

    /// <summary>
    /// The identity of a certificate that was verified; null where it has none. A certificate with more than one URI names nobody
    /// (X509-SVID section 2), nor does one that could vouch for others (section 5.2).
    /// </summary>
    /// <exception cref="System.Formats.Asn1.AsnContentException">Its names cannot be read.</exception>
    public static PeerIdentity? Of(X509Certificate2 certificate)
    {
        if (LeafCertificates.MaySign(certificate))
        {
            return null;
        }

        string? only = null;
        foreach (var extension in certificate.Extensions)
        {
            if (extension is not X509SubjectAlternativeNameExtension)
            {
                continue;
            }

            foreach (var uri in SubjectAlternativeUris.In(extension.RawData))
            {
                if (only is not null)
                {
                    return null;
                }

                only = uri;
            }
        }

        return only is null ? null : Parse(only, certificate);
    }
}
