using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>An endpoint as its service's own objects show it, before the workload behind it is looked up.</summary>
/// <param name="Runs">The Pod or WorkloadEntry, where a selector found it.</param>
/// <param name="Target">The Pod's key, where a slice names it.</param>
/// <param name="Zone">What the slice says; empty for nothing.</param>
/// <param name="Locality">Of endpoints without workload.</param>
/// <param name="Labels">Of endpoints without workload.</param>
internal sealed record EndpointDraft(
    int ServicePortNumber,
    string Address,
    int Port,
    uint Weight,
    EndpointHealth Health,
    ConfigObject? Runs,
    ObjectKey? Target,
    string Zone,
    Locality Locality,
    Labels Labels
)
{
    /// <summary>The first label of its own DNS name within the service; null where it has none.</summary>
    public string? Hostname { get; init; }
}
