using System.Security.Cryptography;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>One public key of an issuer (RFC 7517). Any number of threads may verify with it at once.</summary>
internal sealed class VerificationKey
{
    private readonly RSAParameters _rsa;
    private readonly ECParameters _ec;

    // The runtime does not promise that a key may be used by two threads; whoever finds this taken makes another.
    private AsymmetricAlgorithm? _spare;

    private VerificationKey(TokenKeyKind kind, string? id, string? algorithm, RSAParameters rsa, ECParameters ec)
    {
        Kind = kind;
        Id = id;
        Algorithm = algorithm;
        _rsa = rsa;
        _ec = ec;
        _spare = Create();
    }

    public TokenKeyKind Kind { get; }

    /// <summary>Null where the set gives it none.</summary>
    public string? Id { get; }

    /// <summary>The one algorithm that the issuer uses it with; null where the set does not say.</summary>
    public string? Algorithm { get; }

    /// <exception cref="CryptographicException">The numbers are no key.</exception>
    public static VerificationKey Rsa(string? id, string? algorithm, byte[] modulus, byte[] exponent) =>
        new(TokenKeyKind.Rsa, id, algorithm, new RSAParameters { Modulus = modulus, Exponent = exponent }, default);

    /// <exception cref="CryptographicException">The point is not on the curve.</exception>
    public static VerificationKey Ec(TokenKeyKind kind, string? id, string? algorithm, byte[] x, byte[] y)
    {
        var curve = kind switch
        {
            TokenKeyKind.P256 => ECCurve.NamedCurves.nistP256,
            TokenKeyKind.P384 => ECCurve.NamedCurves.nistP384,
            _ => ECCurve.NamedCurves.nistP521,
        };
        return new(
            kind,
            id,
            algorithm,
            default,
            new ECParameters
            {
                Curve = curve,
                Q = new ECPoint { X = x, Y = y },
            }
        );
    }

    /// <summary>Whether it may verify such a token. A token or key without a kid leaves that open, as in Envoy.</summary>
    public bool Fits(TokenAlgorithm algorithm, string? id) =>
        Kind == algorithm.Key && (Algorithm is null || Algorithm == algorithm.Name) && (id is null || Id is null || Id == id);

    public bool Verify(TokenAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        var key = Interlocked.Exchange(ref _spare, null) ?? Create();
        try
        {
            return key switch
            {
                RSA rsa => rsa.VerifyData(signed, signature, algorithm.Hash, algorithm.Padding!),
                // r and s, each as long as the curve's order (RFC 7518 section 3.4); other lengths verify nothing.
                ECDsa ec => ec.VerifyData(signed, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => false,
            };
        }
        finally
        {
            Interlocked.Exchange(ref _spare, key)?.Dispose();
        }
    }

    private AsymmetricAlgorithm Create() => Kind == TokenKeyKind.Rsa ? RSA.Create(_rsa) : ECDsa.Create(_ec);
}
