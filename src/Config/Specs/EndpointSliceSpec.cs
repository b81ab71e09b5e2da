using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Some endpoints of a Service; its label `kubernetes.io/service-name` says which.</summary>
public sealed record EndpointSliceSpec : IObjectSpec
{
    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public required string AddressType { get; init; }

    /// <summary>The endpoints.</summary>
    public ImmutableArray<EndpointSpec> Endpoints { get; init; } = [];

    /// <summary>Ports that all of them have.</summary>
    public ImmutableArray<EndpointPortSpec> Ports { get; init; } = [];
}
