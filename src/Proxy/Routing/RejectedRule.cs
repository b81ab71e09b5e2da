namespace Mesh.Proxy.Routing;

/// <summary>A rule that did not take a request, and why.</summary>
/// <param name="Index">Its place in its virtual host.</param>
/// <param name="Condition">The first condition that does not hold.</param>
/// <param name="Found">What the request has where that condition looks.</param>
internal sealed record RejectedRule(Rule Rule, int Index, RouteCondition Condition, string Found);
