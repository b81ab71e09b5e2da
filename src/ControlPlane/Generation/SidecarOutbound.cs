using System.Collections.Immutable;
using Mesh.Xds;

namespace Mesh.ControlPlane.Generation;

/// <summary>The outbound side of one kind of sidecar; listeners and clusters are still to be joined with the workload's own.</summary>
internal sealed record SidecarOutbound(
    ImmutableArray<XdsResource> Listeners,
    TypeResources Routes,
    ImmutableArray<XdsResource> Clusters,
    TypeResources Endpoints
);
