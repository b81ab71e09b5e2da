using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// Everything a request reads, compiled from one complete xDS set and replaced whole. A request takes it once, at its first line.
/// </summary>
internal sealed class ProxyConfig
{
    /// <summary>Hash over the versions of the resources it was compiled from.</summary>
    public required string Version { get; init; }

    /// <summary>This proxy's own workload, for metrics and logs.</summary>
    public required WorkloadInfo Self { get; init; }

    public required ListenerTable Outbound { get; init; }

    public required ListenerTable Inbound { get; init; }

    public required FrozenDictionary<string, Cluster> Clusters { get; init; }

    /// <summary>References without a target, each of which fails NC: for <c>/config_dump</c> and the log.</summary>
    public ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>For the next compilation only.</summary>
    public CompiledSet Origin { get; init; } = CompiledSet.Empty;
}
