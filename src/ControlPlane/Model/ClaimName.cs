using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Names that stand among the headers of a match and mean claims of the request's token: <c>@request.auth.claims.group</c>, <c>@request.auth.claims[realm][roles]</c>.</summary>
internal static class ClaimName
{
    private const string Prefix = "@request.auth.claims";

    public static bool Is(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The claim's name, or names of nested claims from the outside in; empty where none is given.</summary>
    public static ImmutableArray<string> PathOf(string name)
    {
        var rest = name[Prefix.Length..];
        return rest.Length > 1 && rest[0] == '.' ? [.. rest[1..].Split('.')]
            : rest.Length > 2 && rest[0] == '[' && rest[^1] == ']' ? [.. rest[1..^1].Split("][")]
            : [];
    }
}
