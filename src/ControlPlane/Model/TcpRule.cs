using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One TCP or TLS (SNI) rule.</summary>
/// <param name="SniHosts">Empty for plain TCP rules.</param>
internal sealed record TcpRule(
    ImmutableArray<string> SniHosts,
    ImmutableArray<string> DestinationSubnets,
    int? Port,
    Labels SourceLabels,
    string? SourceNamespace,
    ImmutableArray<string> Gateways,
    ImmutableArray<WeightedDestination> Destinations,
    SourceRef Source
);
