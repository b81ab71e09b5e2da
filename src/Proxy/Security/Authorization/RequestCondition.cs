using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>Asks a request what routes ask too; connections that are not HTTP never have it.</summary>
internal sealed class RequestCondition(RouteCondition condition) : AccessCondition
{
    public override int Cost => 20;

    public override bool Holds(in AccessSubject subject) => subject.Head is { } head && condition.Holds(head);

    public override string ToString() => condition.ToString();
}
