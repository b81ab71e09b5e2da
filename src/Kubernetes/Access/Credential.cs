using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Access;

/// <summary>What is shown to the API server; either part may be missing.</summary>
/// <param name="Authorization">Value of the Authorization header.</param>
/// <param name="Certificate">With its private key.</param>
public sealed record Credential(string? Authorization, X509Certificate2? Certificate)
{
    /// <summary>Nothing to show.</summary>
    public static Credential None { get; } = new(null, null);

    /// <summary>A bearer token.</summary>
    public static Credential Bearer(string token) => new("Bearer " + token, null);

    /// <summary>Says nothing of what it holds.</summary>
    public override string ToString() =>
        $"{(Authorization is null ? "no token" : "a token")}, {(Certificate is null ? "no certificate" : "a certificate")}";
}
