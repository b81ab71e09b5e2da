using System.Collections.Immutable;
using System.Net;

namespace Mesh.Proxy.Redirect;

/// <summary>Which traffic of a host or pod the kernel gives to the proxy.</summary>
internal sealed record RedirectOptions
{
    /// <summary>Incoming connections keep the client's address; default false.</summary>
    public bool Transparent { get; init; }

    /// <summary>Where outgoing connections go; default 15001.</summary>
    public int OutboundPort { get; init; } = 15001;

    /// <summary>Where incoming connections go; default 15006.</summary>
    public int InboundPort { get; init; } = 15006;

    /// <summary>Users whose traffic stays as it is: the proxy's; default 1337.</summary>
    public ImmutableArray<int> ExemptUsers { get; init; } = [1337];

    /// <summary>Groups whose traffic stays as it is; default 1337.</summary>
    public ImmutableArray<int> ExemptGroups { get; init; } = [1337];

    /// <summary>Destinations that are captured; null for all, which is the default.</summary>
    public ImmutableArray<IPNetwork>? OutboundRanges { get; init; }

    /// <summary>Destinations that are not captured.</summary>
    public ImmutableArray<IPNetwork> ExcludedOutboundRanges { get; init; } = [];

    /// <summary>Ports that are captured whatever their destination.</summary>
    public ImmutableArray<PortRange> OutboundPorts { get; init; } = [];

    /// <summary>Ports that are never captured on their way out.</summary>
    public ImmutableArray<PortRange> ExcludedOutboundPorts { get; init; } = [];

    /// <summary>Own ports that are captured; null for all, which is the default.</summary>
    public ImmutableArray<PortRange>? InboundPorts { get; init; }

    /// <summary>Own ports that are never captured.</summary>
    public ImmutableArray<PortRange> ExcludedInboundPorts { get; init; } = [];

    /// <summary>Network interfaces whose traffic is not touched in either direction.</summary>
    public ImmutableArray<string> ExcludedInterfaces { get; init; } = [];
}
