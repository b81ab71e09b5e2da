using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Finds HTTP rules and matches that earlier ones leave nothing for; the first match wins.</summary>
internal static class Reachability
{
    internal static void Check(ImmutableArray<HttpRouteSpec> rules, FieldPath path, ProblemList problems)
    {
        // Every match block that was seen, with the place where it stands.
        var earlier = new List<(HttpMatchSpec? Match, FieldPath Path)>();
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = path.Index(i);
            ImmutableArray<HttpMatchSpec?> blocks = rules[i].Match.IsEmpty ? [null] : [.. rules[i].Match];
            var covered = new List<(FieldPath Block, FieldPath By)>();
            for (var j = 0; j < blocks.Length; j++)
            {
                var block = blocks[j] is null ? rule : rule.Field("match").Index(j);
                var cover = earlier.FirstOrDefault(seen => Covers(seen.Match, blocks[j]));
                if (cover.Path is not null)
                {
                    covered.Add((block, cover.Path));
                }
                earlier.Add((blocks[j], block));
            }
            if (covered.Count == blocks.Length)
            {
                problems.Add(
                    DiagnosticCodes.UnreachableRule,
                    rule,
                    $"is never reached: {covered[0].By} matches everything it does; move it up or remove it"
                );
                continue;
            }
            foreach (var (block, by) in covered)
            {
                problems.Add(DiagnosticCodes.IneffectiveMatch, block, $"never takes effect: {by} matches everything it does; remove it");
            }
        }
    }

    // Says yes only where it is certain: equal blocks, blocks without conditions, and blocks whose only condition is a path.
    private static bool Covers(HttpMatchSpec? cover, HttpMatchSpec? match)
    {
        if (cover is null || IsEmpty(cover with { Uri = null }))
        {
            return CoversPath(cover?.Uri, cover?.IgnoreUriCase ?? false, match?.Uri, match?.IgnoreUriCase ?? false);
        }
        return match is not null && SameBlock(cover, match);
    }

    private static bool CoversPath(StringMatchSpec? cover, bool coverIgnoresCase, StringMatchSpec? path, bool pathIgnoresCase)
    {
        if (cover is null or { Kind: StringMatchKind.Prefix, Value: "/" or "" } or { Kind: StringMatchKind.Regex, Value: ".*" or "/.*" })
        {
            return true;
        }
        if (path is null || (pathIgnoresCase && !coverIgnoresCase))
        {
            return false;
        }
        var comparison = coverIgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return (cover.Kind, path.Kind) switch
        {
            (StringMatchKind.Prefix, StringMatchKind.Prefix or StringMatchKind.Exact) => path.Value.StartsWith(cover.Value, comparison),
            (StringMatchKind.Exact, StringMatchKind.Exact) => path.Value.Equals(cover.Value, comparison),
            (StringMatchKind.Regex, StringMatchKind.Regex) => path.Value == cover.Value,
            _ => false,
        };
    }

    private static bool IsEmpty(HttpMatchSpec match) =>
        match is { Uri: null, Scheme: null, Method: null, Authority: null, Port: null, SourceNamespace: null }
        && match.Headers.IsEmpty
        && match.WithoutHeaders.IsEmpty
        && match.QueryParams.IsEmpty
        && match.SourceLabels.IsEmpty
        && match.Gateways.IsEmpty;

    private static bool SameBlock(HttpMatchSpec a, HttpMatchSpec b) =>
        a.Uri == b.Uri
        && a.IgnoreUriCase == b.IgnoreUriCase
        && a.Scheme == b.Scheme
        && a.Method == b.Method
        && a.Authority == b.Authority
        && a.Port == b.Port
        && a.SourceNamespace == b.SourceNamespace
        && a.Headers.SequenceEqual(b.Headers)
        && a.WithoutHeaders.SequenceEqual(b.WithoutHeaders)
        && a.QueryParams.SequenceEqual(b.QueryParams)
        && a.SourceLabels.SequenceEqual(b.SourceLabels)
        && a.Gateways.SequenceEqual(b.Gateways);
}
