using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One issuer of tokens that a policy takes.</summary>
/// <param name="Issuer">Empty: any, whose tokens are then all refused for want of keys.</param>
/// <param name="Keys">The JWK set, where it is written in the policy; else null.</param>
/// <param name="Fetch">Where it is fetched; null with <paramref name="Keys"/>, and where there is no such place.</param>
internal sealed record TokenRule(string Issuer, string? Keys, KeySource? Fetch)
{
    public ImmutableArray<string> Audiences { get; init; } = [];

    public ImmutableArray<TokenHeader> FromHeaders { get; init; } = [];

    public ImmutableArray<string> FromParams { get; init; } = [];

    public ImmutableArray<string> FromCookies { get; init; } = [];

    public string PayloadHeader { get; init; } = "";

    public bool Forwards { get; init; }

    public ImmutableArray<TokenClaimHeader> ClaimHeaders { get; init; } = [];

    /// <summary>Claims that are words in one text and become lists.</summary>
    public ImmutableArray<string> Words { get; init; } = [];
}
