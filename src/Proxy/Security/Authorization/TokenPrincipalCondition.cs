using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>Issuer and subject of the request's verified token, with a slash between them, are as asked.</summary>
internal sealed class TokenPrincipalCondition(ValueMatch match) : AccessCondition
{
    public override int Cost => match.Kind == ValueMatchKind.Regex ? 200 : 4;

    public override bool Holds(in AccessSubject subject) =>
        subject.Head?.Claims is { } claims && !claims.Principal.IsEmpty && match.IsMatch(claims.Principal);

    public override string ToString() => $"the token's principal {match}";
}
