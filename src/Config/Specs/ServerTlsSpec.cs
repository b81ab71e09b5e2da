using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>TLS of a listening port.</summary>
public sealed record ServerTlsSpec
{
    /// <summary>Answers plain HTTP with a redirect to HTTPS.</summary>
    public bool HttpsRedirect { get; init; }

    /// <summary>Kind of TLS; absent means Passthrough as in the API's first value.</summary>
    public ServerTlsMode? Mode { get; init; }

    /// <summary>File of the certificate.</summary>
    public string? ServerCertificate { get; init; }

    /// <summary>File of its key.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>File of the authorities for client certificates.</summary>
    public string? CaCertificates { get; init; }

    /// <summary>File of the revocation list.</summary>
    public string? CaCrl { get; init; }

    /// <summary>Secret with certificate and key.</summary>
    public string? CredentialName { get; init; }

    /// <summary>Several secrets, for example RSA and ECDSA.</summary>
    public ImmutableArray<string> CredentialNames { get; init; } = [];

    /// <summary>Secret with the authorities for client certificates.</summary>
    public string? CaCertCredentialName { get; init; }

    /// <summary>Several pairs of files.</summary>
    public ImmutableArray<TlsCertificateSpec> TlsCertificates { get; init; } = [];

    /// <summary>Names of which a client must prove one.</summary>
    public ImmutableArray<string> SubjectAltNames { get; init; } = [];

    /// <summary>Base64 SHA-256 hashes of accepted client keys.</summary>
    public ImmutableArray<string> VerifyCertificateSpki { get; init; } = [];

    /// <summary>Hex SHA-256 hashes of accepted client certificates.</summary>
    public ImmutableArray<string> VerifyCertificateHash { get; init; } = [];

    /// <summary>Lowest version of TLS.</summary>
    public TlsProtocolVersion? MinProtocolVersion { get; init; }

    /// <summary>Highest version of TLS.</summary>
    public TlsProtocolVersion? MaxProtocolVersion { get; init; }

    /// <summary>Cipher suites in order of preference.</summary>
    public ImmutableArray<string> CipherSuites { get; init; } = [];
}
