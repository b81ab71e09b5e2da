namespace Mesh.Config.Specs;

/// <summary>Changes of path and authority before forwarding.</summary>
public sealed record RewriteSpec
{
    /// <summary>Replaces the matched prefix, or the whole path when the match was not by prefix.</summary>
    public string? Uri { get; init; }

    /// <summary>Replacement by regular expression; exclusive with Uri.</summary>
    public RegexRewriteSpec? UriRegexRewrite { get; init; }

    /// <summary>New authority.</summary>
    public string? Authority { get; init; }
}
