using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>
/// What all accepted objects mean together: immutable, sorted, valid by construction. Translation makes it, generation reads it;
/// it knows neither YAML nor the wire.
/// </summary>
internal sealed record MeshSnapshot(
    MeshSettings Settings,
    ImmutableArray<Service> Services,
    ImmutableArray<Workload> Workloads,
    ImmutableArray<RouteSet> Routes,
    ImmutableArray<DestinationPolicy> Policies,
    ImmutableArray<SidecarScope> Scopes
)
{
    /// <summary>The mesh before any object was read.</summary>
    public static MeshSnapshot Empty { get; } = new(MeshSettings.Default, [], [], [], [], []);
}
