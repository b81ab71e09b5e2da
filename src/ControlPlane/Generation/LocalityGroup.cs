using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>Endpoints of one locality that have the same priority.</summary>
/// <param name="Weight">Of the whole group, above zero.</param>
internal sealed record LocalityGroup(
    Locality Locality,
    int Priority,
    uint Weight,
    ImmutableArray<(ServiceEndpoint Endpoint, uint Weight)> Endpoints
);
