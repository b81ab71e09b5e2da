namespace Mesh.Config.Specs;

/// <summary>A certificate and its key as files.</summary>
public sealed record TlsCertificateSpec
{
    /// <summary>File of the certificate.</summary>
    public string? ServerCertificate { get; init; }

    /// <summary>File of its key.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>File of the authorities.</summary>
    public string? CaCertificates { get; init; }
}
