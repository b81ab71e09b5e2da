using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>What one kind of client got last, service by service, sorted by host.</summary>
internal sealed record ServiceResourceList(MeshSettings Settings, ImmutableArray<ServiceResources> Services);
