namespace Mesh.Proxy.Routing;

/// <summary>
/// Asks about a claim of the request's verified token. No token is verified here, so no request has claims: only an inverted condition holds.
/// </summary>
/// <param name="path">The claim's name, or names of nested claims from the outside in.</param>
internal sealed class ClaimCondition(string path, bool invert) : RouteCondition
{
    public override bool Holds(RequestHead head) => invert;

    public override string Found(RequestHead head) => "no verified token";

    public override string ToString() => invert ? $"not: claim '{path}' as asked" : $"claim '{path}' as asked";
}
