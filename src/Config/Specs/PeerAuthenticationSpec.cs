using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Whether the workloads of its scope take plaintext, mutual TLS or both.</summary>
public sealed record PeerAuthenticationSpec : ISecuritySpec
{
    /// <summary>Labels of its workloads; empty means the whole namespace, and in the root namespace the whole mesh.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = StringMap.Empty<string>();

    /// <summary>For all ports that portLevelMtls does not name.</summary>
    public MutualTlsSpec? Mtls { get; init; }

    /// <summary>By the workload's own port; needs a selector.</summary>
    public ImmutableSortedDictionary<string, MutualTlsSpec> PortLevelMtls { get; init; } = StringMap.Empty<MutualTlsSpec>();

    /// <inheritdoc/>
    public bool IsRefused { get; init; }
}
