using System.Collections.Immutable;

namespace Mesh.Proxy.Configuration;

/// <summary>An EDS resource as this proxy understands it.</summary>
internal sealed record AssignedEndpoints(ImmutableArray<EndpointSettings> All);
