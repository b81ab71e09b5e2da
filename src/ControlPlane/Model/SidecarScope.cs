using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One Sidecar object: what the workloads it selects import, and the listeners it opens for them.</summary>
internal sealed record SidecarScope(
    string Namespace,
    string Name,
    Labels WorkloadSelector,
    ImmutableArray<EgressListener> Egress,
    bool? RegistryOnly,
    SourceRef Source
);
