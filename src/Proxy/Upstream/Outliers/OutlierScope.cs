using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What outlier detection of one cluster works with at present.</summary>
/// <param name="Cluster">Its name.</param>
internal sealed record OutlierScope(string Cluster, OutlierPolicy Policy, ImmutableArray<Endpoint> Endpoints);
