using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>The client's verified identity, as its certificate writes it, is as asked; no identity never is.</summary>
/// <param name="match">Null for any.</param>
internal sealed class IdentityCondition(ValueMatch? match) : AccessCondition
{
    public override int Cost =>
        match is null ? 1
        : match.Kind == ValueMatchKind.Regex ? 200
        : 4;

    public override bool Holds(in AccessSubject subject) => subject.Peer is { } peer && (match is null || match.IsMatch(peer.Utf8.Span));

    public override string ToString() => match is null ? "the client is known" : $"the client {match}";
}
