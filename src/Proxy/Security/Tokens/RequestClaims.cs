using System.Collections.Immutable;
using System.Text.Json;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>
/// What a request's verified token says, for policies and routes; <see cref="Routing.RequestHead.Claims"/> is null where no token was verified.
/// Reading allocates nothing. Immutable, and shared by requests with the same token.
/// </summary>
internal sealed class RequestClaims
{
    private readonly ClaimValue _payload;
    private readonly byte[] _principal;

    /// <param name="payload">An object.</param>
    /// <param name="worded">Claims that are words in one text, such as <c>scope</c> (RFC 8693 section 4.2), and are read as lists.</param>
    public RequestClaims(JsonElement payload, params ReadOnlySpan<string> worded)
    {
        _payload = ClaimValue.Of(payload).WithWords(worded);
        _principal =
            _payload.Member("iss") is { Kind: ClaimKind.Text } issuer && _payload.Member("sub") is { Kind: ClaimKind.Text } subject
                ? [.. issuer.Texts[0], (byte)'/', .. subject.Texts[0]]
                : [];
    }

    /// <summary><c>request.auth.principal</c>: issuer, slash, subject, in UTF-8; empty where the token lacks either.</summary>
    public ReadOnlySpan<byte> Principal => _principal;

    /// <summary><c>request.auth.audiences</c>; never default.</summary>
    public ImmutableArray<byte[]> Audiences => _payload.Member("aud")?.Texts ?? [];

    /// <summary><c>request.auth.presenter</c>, the authorized party (<c>azp</c>); empty where there is none.</summary>
    public ReadOnlySpan<byte> Presenter => _payload.Member("azp") is { Kind: ClaimKind.Text } presenter ? presenter.Texts[0] : [];

    /// <summary><c>request.auth.claims[a][b]</c>; null where there is no such claim.</summary>
    /// <param name="path">The claim's name, or names of nested claims from the outside in.</param>
    public ClaimValue? Find(ReadOnlySpan<string> path)
    {
        var value = _payload;
        foreach (var name in path)
        {
            if (value.Member(name) is not { } member)
            {
                return null;
            }

            value = member;
        }

        return value;
    }
}
