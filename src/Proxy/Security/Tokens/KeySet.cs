using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>The keys of one issuer that can be used; others in the document are left out (RFC 7517 section 5). Without any, no token verifies.</summary>
internal sealed class KeySet(ImmutableArray<VerificationKey> keys)
{
    // RFC 7518 section 3.3 asks for 2048 at least; above 16384 a signature costs more than any issuer would make its clients pay.
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 16384;
    private const int LongestExponent = 8;

    public ImmutableArray<VerificationKey> Keys { get; } = keys;

    /// <summary>The usable keys of a JWK set; none where the text is no such set.</summary>
    public static KeySet Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("keys", out var keys)
                && keys.ValueKind == JsonValueKind.Array
                ? new([.. keys.EnumerateArray().Select(Read).OfType<VerificationKey>()])
                : new([]);
        }
        catch (JsonException)
        {
            return new([]);
        }
    }

    /// <summary>Whether one of the keys has signed it.</summary>
    public TokenFailure Verify(TokenAlgorithm algorithm, string? id, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (Keys.IsEmpty)
        {
            return TokenFailure.NoKeys;
        }

        var failure = TokenFailure.NoMatchingKey;
        foreach (var key in Keys)
        {
            if (!key.Fits(algorithm, id))
            {
                continue;
            }

            if (key.Verify(algorithm, signed, signature))
            {
                return TokenFailure.None;
            }

            failure = TokenFailure.WrongSignature;
        }

        return failure;
    }

    private static VerificationKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || !IsForSignatures(key))
        {
            return null;
        }

        try
        {
            var (id, algorithm) = (Text(key, "kid"), Text(key, "alg"));
            return Text(key, "kty") switch
            {
                "RSA" => Rsa(key, id, algorithm),
                "EC" => Ec(key, id, algorithm),
                _ => null,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static VerificationKey? Rsa(JsonElement key, string? id, string? algorithm)
    {
        var modulus = Bytes(key, "n").AsSpan().TrimStart((byte)0);
        var exponent = Bytes(key, "e").AsSpan().TrimStart((byte)0);
        return modulus.Length is >= LeastRsaBits / 8 and <= MostRsaBits / 8 && exponent.Length is > 0 and <= LongestExponent
            ? VerificationKey.Rsa(id, algorithm, modulus.ToArray(), exponent.ToArray())
            : null;
    }

    private static VerificationKey? Ec(JsonElement key, string? id, string? algorithm)
    {
        (TokenKeyKind Kind, int Length)? curve = Text(key, "crv") switch
        {
            "P-256" => (TokenKeyKind.P256, 32),
            "P-384" => (TokenKeyKind.P384, 48),
            "P-521" => (TokenKeyKind.P521, 66),
            _ => null,
        };
        var (x, y) = (Bytes(key, "x"), Bytes(key, "y"));
        return curve is { } known && x.Length == known.Length && y.Length == known.Length
            ? VerificationKey.Ec(known.Kind, id, algorithm, x, y)
            : null;
    }

    // RFC 7517 sections 4.2 and 4.3: a key for encryption must not verify anything.
    private static bool IsForSignatures(JsonElement key) =>
        Text(key, "use") is null or "sig"
        && (
            !key.TryGetProperty("key_ops", out var operations)
            || (
                operations.ValueKind == JsonValueKind.Array && operations.EnumerateArray().Any(operation => operation.ValueEquals("verify"))
            )
        );

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string name) =>
        Text(key, name) is { } text ? Base64Url.DecodeFromUtf8(Encoding.UTF8.GetBytes(text)) : [];
}
