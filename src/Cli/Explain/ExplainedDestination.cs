using System.Collections.Immutable;

namespace Mesh.Cli.Explain;

/// <summary>One share of the rule's traffic.</summary>
/// <param name="Share">Percent of the requests.</param>
/// <param name="Endpoints">How many can be picked; null where the proxy finds them itself (DNS, original destination).</param>
/// <param name="Problem">Why its requests fail; null where nothing is known against it.</param>
internal sealed record ExplainedDestination(
    string Cluster,
    string Host,
    string Subset,
    int Port,
    double Share,
    int? Endpoints,
    string? Problem,
    ImmutableArray<Setting> Settings
);
