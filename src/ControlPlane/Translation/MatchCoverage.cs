using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Whether one match takes every request that another takes; every condition of the wide one must follow from the narrow one.</summary>
internal static class MatchCoverage
{
    public static bool Covers(Match wide, Match narrow) =>
        PathCovers(wide, narrow)
        && Covers(wide.Method, narrow.Method)
        && Covers(wide.Scheme, narrow.Scheme)
        && Covers(wide.Authority, narrow.Authority)
        && wide.Headers.All(condition => Follows(condition, narrow.Headers))
        && wide.QueryParameters.All(condition => Follows(condition, narrow.QueryParameters))
        && wide.WithoutHeaders.All(condition => FollowsExcluded(condition, narrow.WithoutHeaders))
        && (wide.Port is null || wide.Port == narrow.Port)
        && narrow.SourceLabels.Satisfies(wide.SourceLabels)
        && (wide.SourceNamespace is null || string.Equals(wide.SourceNamespace, narrow.SourceNamespace, StringComparison.Ordinal))
        && GatewaysCover(wide.Gateways, narrow.Gateways);

    private static bool PathCovers(Match wide, Match narrow)
    {
        // Every path begins with a slash.
        if (
            wide.Path is null or { Kind: StringMatchKind.Prefix, Value: "/" or "" } or { Kind: StringMatchKind.Regex, Value: ".*" or "/.*" }
        )
        {
            return true;
        }

        return narrow.Path is not null && StringCoverage.Covers(wide.Path, narrow.Path, wide.IgnorePathCase, narrow.IgnorePathCase);
    }

    private static bool Covers(StringMatch? wide, StringMatch? narrow) =>
        wide is null || (narrow is not null && StringCoverage.Covers(wide, narrow));

    private static bool Follows(NamedMatch wanted, ImmutableArray<NamedMatch> given) =>
        given.Any(condition =>
            string.Equals(condition.Name, wanted.Name, StringComparison.Ordinal) && StringCoverage.Covers(wanted.Value, condition.Value)
        );

    // "Not in A" follows from "not in B" where B takes all of A.
    private static bool FollowsExcluded(NamedMatch excluded, ImmutableArray<NamedMatch> given) =>
        given.Any(condition =>
            string.Equals(condition.Name, excluded.Name, StringComparison.Ordinal) && StringCoverage.Covers(condition.Value, excluded.Value)
        );

    private static bool GatewaysCover(ImmutableArray<string> wide, ImmutableArray<string> narrow) =>
        wide.IsEmpty || (!narrow.IsEmpty && narrow.All(gateway => wide.Contains(gateway, StringComparer.Ordinal)));
}
