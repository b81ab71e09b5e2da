using System.Collections.Immutable;
using Mesh.Xds;

namespace Mesh.ControlPlane.Generation;

/// <summary>Resources that are made together, remembered as one.</summary>
internal sealed record ResourceList(ImmutableArray<XdsResource> All);
