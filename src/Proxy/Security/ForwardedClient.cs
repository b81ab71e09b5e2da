using System.Security.Cryptography;
using System.Text;

namespace Mesh.Proxy.Security;

/// <summary>One element of <c>x-forwarded-client-cert</c>, as Istio has Envoy write it: By, Hash, Subject, URI.</summary>
internal static class ForwardedClient
{
    /// <param name="own">Our own SPIFFE id; null leaves By out.</param>
    public static byte[] Element(PeerIdentity peer, string? own)
    {
        var element = new StringBuilder();
        if (own is not null)
        {
            element.Append("By=").Append(own).Append(';');
        }

        if (peer.Certificate is { } certificate)
        {
            element.Append("Hash=").Append(Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span))).Append(';');
        }

        // The mesh's certificates have no subject; another's goes in quotes (RFC 2253 order, as Envoy).
        element.Append("Subject=\"").Append(Escape(peer.Certificate?.Subject ?? "")).Append("\";URI=").Append(peer.Uri);
        return Encoding.UTF8.GetBytes(element.ToString());
    }

    private static string Escape(string text) =>
        new string([.. text.Where(c => !char.IsControl(c))])
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
}
