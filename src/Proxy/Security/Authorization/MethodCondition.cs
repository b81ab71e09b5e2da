using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>The request's method is as asked.</summary>
internal sealed class MethodCondition(ValueMatch match) : AccessCondition
{
    public override int Cost => match.Kind == ValueMatchKind.Regex ? 200 : 4;

    public override bool Holds(in AccessSubject subject) => subject.Head is { } head && match.IsMatch(head.Method);

    public override string ToString() => $"the method {match}";
}
