using System.Collections.Immutable;
using Mesh.Config.Specs;
using StringMatchKind = Mesh.Config.Specs.StringMatchKind;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// One rule of a delegate in the place of the rule that delegates to it (Istio, "Delegate"): what it does not set it inherits, and each of its
/// match blocks must be narrower than some block of the root.
/// </summary>
internal static class DelegateMerge
{
    /// <summary>Null where the matches conflict.</summary>
    /// <param name="ofRoot">Makes a destination that the root wrote mean the same in the delegate.</param>
    public static HttpRouteSpec? Merge(HttpRouteSpec root, HttpRouteSpec leaf, Func<DestinationSpec, DestinationSpec> ofRoot)
    {
        if (Matches(root.Match, leaf.Match) is not { } matches)
        {
            return null;
        }

        // Nothing is sent on that could be rewritten or aborted (the validator refuses these together, too).
        var answers = leaf.Redirect is not null || leaf.DirectResponse is not null;
        return leaf with
        {
            Name = Joined(root.Name, leaf.Name),
            Match = matches,
            Rewrite = leaf.Rewrite ?? (answers ? null : root.Rewrite),
            Timeout = leaf.Timeout ?? root.Timeout,
            Retries = leaf.Retries ?? root.Retries,
            Fault = leaf.Fault ?? (answers ? null : root.Fault),
            Mirrors = leaf.Mirrors.IsEmpty
                ? [.. root.Mirrors.Select(mirror => mirror with { Destination = ofRoot(mirror.Destination) })]
                : leaf.Mirrors,
            CorsPolicy = leaf.CorsPolicy ?? root.CorsPolicy,
            Headers = leaf.Headers ?? root.Headers,
        };
    }

    private static ImmutableArray<HttpMatchSpec>? Matches(ImmutableArray<HttpMatchSpec> root, ImmutableArray<HttpMatchSpec> leaf)
    {
        if (root.IsEmpty || leaf.IsEmpty)
        {
            return root.IsEmpty ? leaf : root;
        }

        var merged = ImmutableArray.CreateBuilder<HttpMatchSpec>();
        foreach (var narrow in leaf)
        {
            var fitting = root.Where(wide => Covers(wide, narrow)).Select(wide => Join(wide, narrow)).ToList();
            if (fitting.Count == 0)
            {
                return null;
            }

            merged.AddRange(fitting);
        }

        return merged.ToImmutable();
    }

    private static HttpMatchSpec Join(HttpMatchSpec root, HttpMatchSpec leaf) =>
        leaf with
        {
            Name = Joined(root.Name, leaf.Name),
            Uri = leaf.Uri ?? root.Uri,
            IgnoreUriCase = leaf.Uri is null ? root.IgnoreUriCase : leaf.IgnoreUriCase,
            Scheme = leaf.Scheme ?? root.Scheme,
            Method = leaf.Method ?? root.Method,
            Authority = leaf.Authority ?? root.Authority,
            Headers = root.Headers.SetItems(leaf.Headers),
            WithoutHeaders = root.WithoutHeaders.SetItems(leaf.WithoutHeaders),
            QueryParams = root.QueryParams.SetItems(leaf.QueryParams),
            Port = leaf.Port ?? root.Port,
            SourceLabels = root.SourceLabels.SetItems(leaf.SourceLabels),
            SourceNamespace = leaf.SourceNamespace ?? root.SourceNamespace,
            Gateways = leaf.Gateways.IsEmpty ? root.Gateways : leaf.Gateways,
            StatPrefix = leaf.StatPrefix ?? root.StatPrefix,
        };

    private static bool Covers(HttpMatchSpec root, HttpMatchSpec leaf) =>
        (root.Uri is null || leaf.Uri is null || root.IgnoreUriCase == leaf.IgnoreUriCase)
        && Covers(root.Uri, leaf.Uri, leaf.IgnoreUriCase)
        && Covers(root.Scheme, leaf.Scheme)
        && Covers(root.Method, leaf.Method)
        && Covers(root.Authority, leaf.Authority)
        && leaf.Headers.All(header => Covers(root.Headers.GetValueOrDefault(header.Key), header.Value))
        // What must not be there: the leaf has to forbid at least what the root forbids.
        && leaf.WithoutHeaders.All(header => Covers(header.Value, root.WithoutHeaders.GetValueOrDefault(header.Key)))
        && leaf.QueryParams.All(parameter => Covers(root.QueryParams.GetValueOrDefault(parameter.Key), parameter.Value))
        && (root.Port is null || leaf.Port is null || root.Port == leaf.Port)
        && leaf.SourceLabels.All(label => !root.SourceLabels.TryGetValue(label.Key, out var value) || value == label.Value)
        && (root.SourceNamespace is null || leaf.SourceNamespace is null || root.SourceNamespace == leaf.SourceNamespace)
        && (root.Gateways.IsEmpty || leaf.Gateways.All(gateway => root.Gateways.Contains(gateway, StringComparer.Ordinal)));

    // A regex on either side is a conflict: which of two is the wider one cannot be told.
    private static bool Covers(StringMatchSpec? wide, StringMatchSpec? narrow, bool ignoreCase = false) =>
        wide is null
        || narrow is null
        || (
            wide.Kind != StringMatchKind.Regex
            && narrow.Kind != StringMatchKind.Regex
            && StringCoverage.Covers(MatchTranslator.Value(wide)!, MatchTranslator.Value(narrow)!, ignoreCase, ignoreCase)
        );

    private static string? Joined(string? root, string? leaf) =>
        string.IsNullOrEmpty(leaf) ? root
        : string.IsNullOrEmpty(root) ? leaf
        : $"{root}-{leaf}";
}
