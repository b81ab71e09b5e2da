using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>TLS towards an upstream.</summary>
public sealed record ClientTlsSpec
{
    /// <summary>Kind of TLS; Disable is the default.</summary>
    public ClientTlsMode Mode { get; init; }

    /// <summary>File of the client certificate.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>File of its key.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>File of the certificate authorities.</summary>
    public string? CaCertificates { get; init; }

    /// <summary>File of the revocation list.</summary>
    public string? CaCrl { get; init; }

    /// <summary>Secret with certificate, key and authorities; exclusive with the files.</summary>
    public string? CredentialName { get; init; }

    /// <summary>Names of which the server must prove one.</summary>
    public ImmutableArray<string> SubjectAltNames { get; init; } = [];

    /// <summary>Server name sent.</summary>
    public string? Sni { get; init; }

    /// <summary>The server's certificate is not checked.</summary>
    public bool? InsecureSkipVerify { get; init; }
}
