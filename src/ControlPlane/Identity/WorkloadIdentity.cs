using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Mesh.Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>Who a workload is: the parts of its SPIFFE id, each checked to be a Kubernetes name.</summary>
internal sealed record WorkloadIdentity
{
    private const string Scheme = "spiffe://";

    private WorkloadIdentity(string trustDomain, string ns, string serviceAccount) =>
        (TrustDomain, Namespace, ServiceAccount) = (trustDomain, ns, serviceAccount);

    public string TrustDomain { get; }

    public string Namespace { get; }

    public string ServiceAccount { get; }

    /// <summary>As in certificates: <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT</c>.</summary>
    public string Uri => $"{Scheme}{TrustDomain}/ns/{Namespace}/sa/{ServiceAccount}";

    /// <summary>Null where a part is no name.</summary>
    public static WorkloadIdentity? Create(string trustDomain, string ns, string serviceAccount) =>
        IsName(trustDomain, 253, dots: true) && IsName(ns, 63, dots: false) && IsName(serviceAccount, 253, dots: true)
            ? new(trustDomain, ns, serviceAccount)
            : null;

    /// <summary>Null for anything but <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT</c>.</summary>
    public static WorkloadIdentity? Parse(string uri) =>
        uri.StartsWith(Scheme, StringComparison.Ordinal) && uri[Scheme.Length..].Split('/') is [var domain, "ns", var ns, "sa", var account]
            ? Create(domain, ns, account)
            : null;

    /// <summary>The identity of a certificate that was verified; null where it names none or more than one URI (X509-SVID section 2), or may vouch for others (5.2).</summary>
    public static WorkloadIdentity? Of(X509Certificate2 certificate)
    {
        try
        {
            var uris = certificate
                .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(names => SubjectAlternativeUris.In(names.RawData))
                .ToList();
            return uris.Count == 1 && !LeafCertificates.MaySign(certificate) ? Parse(uris[0]) : null;
        }
        // Also asked about certificates that nobody of the mesh signed, for the log.
        catch (AsnContentException)
        {
            return null;
        }
    }

    public override string ToString() => Uri;

    private static bool IsName(string text, int longest, bool dots) =>
        text.Length > 0
        && text.Length <= longest
        && char.IsAsciiLetterOrDigit(text[0])
        && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-' || (dots && c == '.'));
}
