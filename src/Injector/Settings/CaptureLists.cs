using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>Which traffic is redirected; annotations <c>traffic.sidecar.istio.io/*</c>. A list of one <c>*</c> stands for everything.</summary>
internal sealed record CaptureLists
{
    private static readonly ImmutableArray<string> Everything = ["*"];

    /// <summary>Destinations in CIDR notation; default all.</summary>
    public ImmutableArray<string> IncludeOutboundRanges { get; init; } = Everything;

    /// <summary>Destinations left alone; default none.</summary>
    public ImmutableArray<string> ExcludeOutboundRanges { get; init; } = [];

    /// <summary>Destination ports redirected whatever the ranges say; default none.</summary>
    public ImmutableArray<string> IncludeOutboundPorts { get; init; } = [];

    /// <summary>Destination ports left alone; default none.</summary>
    public ImmutableArray<string> ExcludeOutboundPorts { get; init; } = [];

    /// <summary>Ports of the pod; default all, empty for none.</summary>
    public ImmutableArray<string> IncludeInboundPorts { get; init; } = Everything;

    /// <summary>Ports of the pod left alone; default none. The proxy's own are always.</summary>
    public ImmutableArray<string> ExcludeInboundPorts { get; init; } = [];

    /// <summary>Interfaces whose traffic is left alone; default none.</summary>
    public ImmutableArray<string> ExcludeInterfaces { get; init; } = [];
}
