namespace Mesh.ControlPlane.Model;

/// <summary>
/// A new path. A plain one replaces what the match compared: the prefix, or all of an exact or regex path; a match without path compares the
/// prefix <c>/</c>, as in Istio, so there <c>/v2/</c> makes <c>/v2/a</c> of <c>/a</c>. A regex replaces what it finds.
/// </summary>
/// <param name="Value">The replacement; for a regex, RE2 substitution with <c>\1</c>.</param>
/// <param name="Pattern">The regex, null for a plain rewrite.</param>
internal sealed record PathRewrite(string Value, string? Pattern);
