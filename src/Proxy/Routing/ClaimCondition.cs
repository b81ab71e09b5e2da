using System.Text;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Routing;

/// <summary>
/// Asks about a claim of the request's verified token: a text, or a list that has a text, as asked (Envoy, dynamic_metadata with a string or
/// list match). A request without a verified token has no claims, so only an inverted condition holds.
/// </summary>
/// <param name="path">The claim's name, or names of nested claims from the outside in.</param>
internal sealed class ClaimCondition(string[] path, ValueMatch match, bool invert) : RouteCondition
{
    private readonly string _name = string.Join('.', path);

    public override bool Holds(RequestHead head) => (head.Claims?.Find(path) is { } claim && IsMatch(claim)) != invert;

    public override string Found(RequestHead head) =>
        head.Claims is not { } claims ? "no verified token"
        : claims.Find(path) is { } claim ? Encoding.UTF8.GetString(claim.Json.Span)
        : $"no claim '{_name}'";

    public override string ToString() => invert ? $"not: claim '{_name}' {match}" : $"claim '{_name}' {match}";

    private bool IsMatch(ClaimValue claim)
    {
        // Presence asks for no type.
        if (match.Kind == ValueMatchKind.Present)
        {
            return true;
        }

        foreach (var text in claim.Texts)
        {
            if (match.IsMatch(text))
            {
                return true;
            }
        }

        return false;
    }
}
