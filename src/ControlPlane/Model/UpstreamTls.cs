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
);
