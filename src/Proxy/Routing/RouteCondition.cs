namespace Mesh.Proxy.Routing;

/// <summary>One thing a rule asks of a request. Immutable; <see cref="object.ToString"/> says it in words for <c>explain</c>.</summary>
internal abstract class RouteCondition
{
    /// <summary>Allocates nothing.</summary>
    public abstract bool Holds(RequestHead head);

    public abstract override string ToString();
}
