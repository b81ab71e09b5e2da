using System.Collections.Immutable;
using System.Globalization;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>The shares of a rule's traffic: how large, how many endpoints, and what is in force towards them.</summary>
internal static class DestinationExplainer
{
    /// <param name="missing">Why a cluster does not exist, where translation knows.</param>
    public static ImmutableArray<ExplainedDestination> Of(
        WeightedDestinations destinations,
        IReadOnlyCollection<Pb.RouteAction.Types.HashPolicy>? hashPolicies,
        Func<string, string?> missing,
        ExplainSource source,
        OriginFinder origins
    )
    {
        var total = destinations.Destinations.Sum(destination => (double)destination.Weight);
        return
        [
            .. destinations.Destinations.Select(destination =>
            {
                var single = destinations.Destinations.Length == 1;
                var name = ClusterName.TryParse(destination.ClusterName, out var parsed) ? parsed : default;
                var cluster = source.Find<Pb.Cluster>(TypeUrls.Cluster, destination.ClusterName);
                return new ExplainedDestination(
                    destination.ClusterName,
                    name.Host ?? "",
                    name.Subset ?? "",
                    name.Port,
                    single ? 100 : Math.Round(100 * destination.Weight / total, 3),
                    destination.Cluster is { Kind: ClusterKind.Endpoints } listed ? listed.Endpoints.Length : null,
                    Problem(destination, missing),
                    cluster is null ? [] : [.. Edits(destination), .. DestinationSettings.Of(cluster, hashPolicies, origins)]
                );
            }),
        ];
    }

    private static string? Problem(WeightedDestination destination, Func<string, string?> missing) =>
        destination.Cluster switch
        {
            null => $"{missing(destination.ClusterName) ?? "no such cluster"}: fails with flag NC",
            { Kind: ClusterKind.BlackHole } => "leads nowhere: refused",
            { Kind: ClusterKind.Endpoints, Endpoints.IsEmpty: true } => "no endpoint is ready: fails with flag UH",
            _ => null,
        };

    private static IEnumerable<Setting> Edits(WeightedDestination destination)
    {
        // They stand beside the destination in the same rule, whose origin is told there.
        var rule = new Origin("the destination's headers in the rule", null, null, null);
        if (destination.AuthorityRewrite is { } authority)
        {
            yield return new("authority rewrite", authority, rule);
        }

        if (!destination.RequestEdits.IsEmpty)
        {
            yield return new("request headers", Text(destination.RequestEdits), rule);
        }

        if (!destination.ResponseEdits.IsEmpty)
        {
            yield return new("response headers", Text(destination.ResponseEdits), rule);
        }
    }

    private static string Text(HeaderEdits edits) =>
        string.Join(
            ", ",
            edits.Edits.Select(edit =>
                string.Create(CultureInfo.InvariantCulture, $"{edit.Kind.ToString().ToLowerInvariant()} {edit.Name}")
                + (edit.Kind == HeaderEditKind.Remove ? "" : $"={edit.Value}")
            )
        );
}
