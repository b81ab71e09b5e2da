using System.Collections.Frozen;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Configuration;

/// <summary>What a configuration was compiled from, piece by piece, so that the next compilation keeps the pieces whose input is unchanged.</summary>
internal sealed class CompiledSet
{
    public static CompiledSet Empty { get; } =
        new()
        {
            Clusters = FrozenDictionary<string, CompiledCluster>.Empty,
            Routes = FrozenDictionary<string, BoundRoutes>.Empty,
            Listeners = FrozenDictionary<string, CompiledListener>.Empty,
        };

    public required FrozenDictionary<string, CompiledCluster> Clusters { get; init; }

    public required FrozenDictionary<string, BoundRoutes> Routes { get; init; }

    public required FrozenDictionary<string, CompiledListener> Listeners { get; init; }

    /// <summary>A cluster and what it was made from, compared by reference.</summary>
    internal sealed record CompiledCluster(ClusterSettings Settings, AssignedEndpoints? Assigned, Cluster Cluster);
}
