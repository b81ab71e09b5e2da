namespace Mesh.Config.Specs;

/// <summary>A replacement by regular expression.</summary>
public sealed record RegexRewriteSpec
{
    /// <summary>RE2 expression; every match in the path is replaced.</summary>
    public required string Match { get; init; }

    /// <summary>Replacement; `\1` to `\9` are groups, `\0` is the match.</summary>
    public required string Rewrite { get; init; }
}
