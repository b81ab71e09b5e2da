namespace Mesh.Proxy.Routing;

/// <summary>One thing a rule asks of a request. Immutable; <see cref="object.ToString"/> says it in words for <c>explain</c>.</summary>
internal abstract class RouteCondition
{
    /// <summary>Allocates nothing.</summary>
    public abstract bool Holds(RequestHead head);

    public abstract override string ToString();

    /// <summary>What the request has where this condition looks, in words, for <c>explain</c>.</summary>
    public abstract string Found(RequestHead head);
}
