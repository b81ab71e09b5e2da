using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>What a token says of itself, before anybody has verified it (RFC 7515 section 3.1, RFC 7519). Nothing may be granted by it alone.</summary>
internal sealed class WrittenToken
{
    private static readonly SearchValues<byte> Base64UrlBytes = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8
    );

    // Two readers of a name that is there twice could each take another one.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private WrittenToken() { }

    public TokenAlgorithm Algorithm { get; private set; } = null!; // set by TryParse, which alone makes one

    public string? KeyId { get; private set; }

    /// <summary>Null where it names none.</summary>
    public string? Issuer { get; private set; }

    public ImmutableArray<string> Audiences { get; private set; } = [];

    /// <summary>Seconds since 1970; 0 where it does not say.</summary>
    public long NotBefore { get; private set; }

    /// <summary>Seconds since 1970; the largest number where it does not say.</summary>
    public long Expires { get; private set; } = long.MaxValue;

    /// <summary>An object.</summary>
    public JsonElement Payload { get; private set; }

    public byte[] Signature { get; private set; } = [];

    /// <summary>How many bytes of the token are signed.</summary>
    public int SignedLength { get; private set; }

    public static TokenFailure TryParse(ReadOnlySpan<byte> token, out WrittenToken written)
    {
        written = new();
        var first = token.IndexOf((byte)'.');
        var second = first < 0 ? -1 : token[(first + 1)..].IndexOf((byte)'.');
        if (second < 0 || token[(first + second + 2)..].Contains((byte)'.'))
        {
            return TokenFailure.BadFormat;
        }

        written.SignedLength = first + second + 1;
        return written.ReadHeader(token[..first]) is not TokenFailure.None and var inHeader ? inHeader
            : written.ReadPayload(token.Slice(first + 1, second)) is not TokenFailure.None and var inPayload ? inPayload
            : written.ReadSignature(token[(first + second + 2)..]);
    }

    private TokenFailure ReadHeader(ReadOnlySpan<byte> section)
    {
        if (Decode(section) is not { } json)
        {
            return TokenFailure.HeaderNotBase64;
        }

        if (Object(json) is not { } header)
        {
            return TokenFailure.HeaderNotJson;
        }

        if (!header.TryGetProperty("alg", out var name) || name.ValueKind != JsonValueKind.String)
        {
            return TokenFailure.AlgorithmMissing;
        }

        if (TokenAlgorithm.Of(name.GetString()!) is not { } algorithm)
        {
            return TokenFailure.AlgorithmNotSupported;
        }

        // RFC 7515 section 4.1.11: what must be understood and is not makes the token invalid.
        if (header.TryGetProperty("crit", out _))
        {
            return TokenFailure.CriticalNotSupported;
        }

        Algorithm = algorithm;
        if (!TryText(header, "kid", out var id))
        {
            return TokenFailure.KeyIdNotText;
        }

        KeyId = id;
        return TokenFailure.None;
    }

    private TokenFailure ReadPayload(ReadOnlySpan<byte> section)
    {
        if (Decode(section) is not { } json)
        {
            return TokenFailure.PayloadNotBase64;
        }

        if (Object(json) is not { } payload)
        {
            return TokenFailure.PayloadNotJson;
        }

        Payload = payload;
        if (!TryText(payload, "iss", out var issuer))
        {
            return TokenFailure.IssuerNotText;
        }

        Issuer = issuer;
        if (!TryText(payload, "sub", out _))
        {
            return TokenFailure.SubjectNotText;
        }

        if (!TrySeconds(payload, "iat", 0, out _))
        {
            return TokenFailure.IssuedAtNotNumber;
        }

        if (!TrySeconds(payload, "nbf", 0, out var notBefore))
        {
            return TokenFailure.NotBeforeNotNumber;
        }

        if (!TrySeconds(payload, "exp", long.MaxValue, out var expires))
        {
            return TokenFailure.ExpiresNotNumber;
        }

        (NotBefore, Expires) = (notBefore, expires);
        return TryAudiences(payload);
    }

    private TokenFailure TryAudiences(JsonElement payload)
    {
        if (!payload.TryGetProperty("aud", out var audiences))
        {
            return TokenFailure.None;
        }

        if (TryText(payload, "aud", out var one))
        {
            Audiences = [one!];
            return TokenFailure.None;
        }

        if (audiences.ValueKind != JsonValueKind.Array)
        {
            return TokenFailure.AudiencesNotTexts;
        }

        var list = ImmutableArray.CreateBuilder<string>();
        foreach (var audience in audiences.EnumerateArray())
        {
            if (!TryText(audience, out var text))
            {
                return TokenFailure.AudiencesNotTexts;
            }

            list.Add(text!);
        }

        Audiences = list.ToImmutable();
        return TokenFailure.None;
    }

    private TokenFailure ReadSignature(ReadOnlySpan<byte> section)
    {
        if (Decode(section) is not { } signature)
        {
            return TokenFailure.SignatureNotBase64;
        }

        Signature = signature;
        return TokenFailure.None;
    }

    // The runtime's decoder skips white space and takes padding, which a token has neither of (RFC 7515 section 2).
    private static byte[]? Decode(ReadOnlySpan<byte> section)
    {
        if (section.ContainsAnyExcept(Base64UrlBytes))
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(section.Length)];
        return Base64Url.DecodeFromUtf8(section, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }

    private static JsonElement? Object(byte[] json)
    {
        // The parser lets broken text in strings pass, which would throw where it is read.
        if (!Utf8.IsValid(json))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryText(JsonElement element, string name, out string? text)
    {
        text = null;
        return !element.TryGetProperty(name, out var value) || TryText(value, out text);
    }

    private static bool TryText(JsonElement value, out string? text)
    {
        text = null;
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate, escaped.
            return false;
        }
    }

    // RFC 7519 section 2, NumericDate: seconds, which may have a fraction.
    private static bool TrySeconds(JsonElement payload, string name, long absent, out long seconds)
    {
        seconds = absent;
        if (!payload.TryGetProperty(name, out var value))
        {
            return true;
        }

        const double Most = 1e15;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || number is not (>= 0 and < Most))
        {
            return false;
        }

        seconds = (long)number;
        return true;
    }
}
