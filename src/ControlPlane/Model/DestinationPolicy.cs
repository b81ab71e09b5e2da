using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One accepted DestinationRule (or several of one namespace merged): subsets and traffic policy of a host.</summary>
/// <param name="Host">Fully qualified or wildcard.</param>
/// <param name="WorkloadSelector">Which client workloads it applies to; empty for all.</param>
internal sealed record DestinationPolicy(
    string Namespace,
    string Name,
    string Host,
    TrafficPolicy Policy,
    ImmutableArray<Subset> Subsets,
    Visibility Visibility,
    Labels WorkloadSelector,
    DateTimeOffset? CreatedAt,
    SourceRef Source
);
