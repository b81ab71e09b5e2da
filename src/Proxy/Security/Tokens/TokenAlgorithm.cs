using System.Security.Cryptography;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>A signature algorithm of RFC 7518 that is accepted: with public keys alone. <c>none</c> and HMAC are not among them, so no key can be taken for a secret.</summary>
internal sealed class TokenAlgorithm
{
    private static readonly TokenAlgorithm[] All =
    [
        new("RS256", TokenKeyKind.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        new("RS384", TokenKeyKind.Rsa, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        new("RS512", TokenKeyKind.Rsa, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        new("PS256", TokenKeyKind.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        new("PS384", TokenKeyKind.Rsa, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
        new("PS512", TokenKeyKind.Rsa, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
        new("ES256", TokenKeyKind.P256, HashAlgorithmName.SHA256, null),
        new("ES384", TokenKeyKind.P384, HashAlgorithmName.SHA384, null),
        new("ES512", TokenKeyKind.P521, HashAlgorithmName.SHA512, null),
    ];

    private TokenAlgorithm(string name, TokenKeyKind key, HashAlgorithmName hash, RSASignaturePadding? padding)
    {
        Name = name;
        Key = key;
        Hash = hash;
        Padding = padding;
    }

    public string Name { get; }

    /// <summary>The one kind of key that it can be used with.</summary>
    public TokenKeyKind Key { get; }

    public HashAlgorithmName Hash { get; }

    /// <summary>Null but for RSA.</summary>
    public RSASignaturePadding? Padding { get; }

    /// <summary>Null for every other name.</summary>
    public static TokenAlgorithm? Of(string name) => Array.Find(All, algorithm => algorithm.Name == name);
}
