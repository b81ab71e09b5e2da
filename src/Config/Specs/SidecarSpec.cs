using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>What a sidecar needs to know and how it listens.</summary>
public sealed record SidecarSpec : IObjectSpec
{
    /// <summary>Labels of its workloads; empty means the whole namespace.</summary>
    public ImmutableSortedDictionary<string, string> WorkloadSelector { get; init; } = StringMap.Empty<string>();

    /// <summary>Whether a selector was written, even an empty one.</summary>
    public bool HasWorkloadSelector { get; init; }

    /// <summary>Inbound listeners.</summary>
    public ImmutableArray<SidecarIngressSpec> Ingress { get; init; } = [];

    /// <summary>Outbound listeners and the services visible there; empty means all.</summary>
    public ImmutableArray<SidecarEgressSpec> Egress { get; init; } = [];

    /// <summary>What happens to unknown destinations.</summary>
    public OutboundTrafficPolicySpec? OutboundTrafficPolicy { get; init; }

    /// <summary>Limits of inbound connections.</summary>
    public ConnectionPoolSpec? InboundConnectionPool { get; init; }
}
