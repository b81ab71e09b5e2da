using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>A PeerAuthentication. Null modes are those of the wider scope.</summary>
/// <param name="Selector">Empty for the whole namespace, and in the root namespace for the whole mesh.</param>
/// <param name="Ports">By the workload's own port.</param>
internal sealed record PeerRule(
    string Namespace,
    string Name,
    Labels Selector,
    PeerMode? Mode,
    ImmutableSortedDictionary<int, PeerMode?> Ports,
    SourceRef Source
);
