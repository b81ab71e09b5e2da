using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>The request's path, in its normal form and without the query, is as asked.</summary>
internal sealed class PathTextCondition(ValueMatch match) : AccessCondition
{
    public override int Cost => match.Kind == ValueMatchKind.Regex ? 200 : 3;

    public override bool Holds(in AccessSubject subject) => subject.Head is { } head && match.IsMatch(head.Path);

    public override string ToString() => $"the path {match}";
}
