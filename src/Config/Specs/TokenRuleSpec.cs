using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One issuer of tokens: its keys, where its tokens stand, and what the application gets to see of them (Istio, JWTRule).</summary>
public sealed record TokenRuleSpec
{
    /// <summary>Where it is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>What the claim <c>iss</c> must be.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>One of which the claim <c>aud</c> must hold; empty for any.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Where the keys are fetched; null where they are given, or found through the issuer.</summary>
    public string? JwksUri { get; init; }

    /// <summary>The keys, a JWK set in JSON.</summary>
    public string? Jwks { get; init; }

    /// <summary>Headers in which tokens stand.</summary>
    public ImmutableArray<TokenHeaderSpec> FromHeaders { get; init; } = [];

    /// <summary>Query parameters in which tokens stand.</summary>
    public ImmutableArray<string> FromParams { get; init; } = [];

    /// <summary>Cookies in which tokens stand.</summary>
    public ImmutableArray<string> FromCookies { get; init; } = [];

    /// <summary>Header that gets the payload in base64url.</summary>
    public string? OutputPayloadToHeader { get; init; }

    /// <summary>Whether the application gets the token itself; default false.</summary>
    public bool ForwardOriginalToken { get; init; }

    /// <summary>Headers that get single claims.</summary>
    public ImmutableArray<ClaimHeaderSpec> OutputClaimToHeaders { get; init; } = [];

    /// <summary>Time for fetching the keys; default 5 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Claims that are words in one text and become lists, beside <c>scope</c> and <c>permission</c>.</summary>
    public ImmutableArray<string> SpaceDelimitedClaims { get; init; } = [];
}
