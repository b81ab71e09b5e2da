namespace Mesh.ControlPlane.Model;

/// <summary>A new path: the matched prefix (or the whole path, where no prefix was matched), or a regex substitution.</summary>
/// <param name="Value">The replacement; for a regex, RE2 substitution with <c>\1</c>.</param>
/// <param name="Pattern">The regex, null for a plain rewrite.</param>
internal sealed record PathRewrite(string Value, string? Pattern);
