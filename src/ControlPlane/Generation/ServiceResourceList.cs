using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>What one kind of client got last, service by service, sorted by host.</summary>
/// <param name="Plaintext">See <see cref="Client.Plaintext"/>.</param>
internal sealed record ServiceResourceList(
    MeshSettings Settings,
    ImmutableArray<PeerRule> Plaintext,
    ImmutableArray<ServiceResources> Services
);
