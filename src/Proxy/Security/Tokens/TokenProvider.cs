using System.Collections.Immutable;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>One issuer whose tokens are taken: its keys, where its tokens stand, whom they must be for, and what the application gets to see. Immutable.</summary>
internal sealed record TokenProvider
{
    /// <summary>Allowed difference of clocks where nothing is said (Envoy, clock_skew_seconds).</summary>
    public static readonly TimeSpan DefaultSkew = TimeSpan.FromSeconds(60);

    /// <summary>Empty: any.</summary>
    public required string Issuer { get; init; }

    /// <summary>Empty: any.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    public required KeySet Keys { get; init; }

    public ImmutableArray<TokenLocation> Locations { get; init; } = [TokenLocation.Bearer, TokenLocation.AccessToken];

    /// <summary>Whether the application gets the token itself.</summary>
    public bool Forwards { get; init; }

    /// <summary>Header for the payload in base64url; empty for none.</summary>
    public string PayloadHeader { get; init; } = "";

    public ImmutableArray<ClaimHeader> ClaimHeaders { get; init; } = [];

    /// <summary>Claims that are words in one text and are read as lists.</summary>
    public ImmutableArray<string> WordedClaims { get; init; } = [];

    public TimeSpan Skew { get; init; } = DefaultSkew;

    /// <summary>Whether a token says that this issuer made it.</summary>
    public bool Issues(string? issuer) => Issuer.Length == 0 || string.Equals(Issuer, issuer, StringComparison.Ordinal);

    /// <summary>In Envoy's order: times, audiences, keys.</summary>
    public TokenFailure Verify(WrittenToken written, ReadOnlySpan<byte> token, long now)
    {
        if (CheckTimes(written.NotBefore, written.Expires, now) is not TokenFailure.None and var failure)
        {
            return failure;
        }

        if (!Audiences.IsEmpty && !written.Audiences.Any(Audiences.Contains))
        {
            return TokenFailure.AudienceNotAllowed;
        }

        return Keys.Verify(written.Algorithm, written.KeyId, token[..written.SignedLength], written.Signature);
    }

    /// <param name="now">Seconds since 1970, as the other two.</param>
    public TokenFailure CheckTimes(long notBefore, long expires, long now)
    {
        var skew = (long)Skew.TotalSeconds;
        return now + skew < notBefore ? TokenFailure.NotYetValid
            : now - skew > expires ? TokenFailure.Expired
            : TokenFailure.None;
    }
}
