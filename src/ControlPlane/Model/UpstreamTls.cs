using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>TLS towards a destination as a DestinationRule asks for it.</summary>
internal sealed record UpstreamTls(
    UpstreamTlsMode Mode,
    string? ClientCertificate,
    string? PrivateKey,
    string? CaCertificates,
    string? Sni,
    ImmutableArray<string> SubjectAltNames,
    bool InsecureSkipVerify
)
{
    /// <summary>A Secret with certificates, which sidecars do not fetch.</summary>
    internal string? CredentialName { get; init; }

    /// <summary>A file of revoked certificates, which sidecars do not look at.</summary>
    internal string? RevocationList { get; init; }
}
