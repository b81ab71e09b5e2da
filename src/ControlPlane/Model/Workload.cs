using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>A pod or WorkloadEntry: what runs behind an endpoint and, with a sidecar, who asks for configuration.</summary>
/// <param name="Owner">The workload's name as metrics show it: the pod's name without its generated suffixes.</param>
internal sealed record Workload(
    string Namespace,
    string Name,
    string Owner,
    ImmutableArray<string> Addresses,
    string ServiceAccount,
    Locality Locality,
    Labels Labels,
    ImmutableArray<InboundPort> InboundPorts,
    SourceRef Source
)
{
    private const string TlsModeLabel = "security.istio.io/tlsMode";

    /// <summary>A sidecar stands before it and takes mutual TLS: what injects one labels the pod so.</summary>
    internal bool HasSidecar => Labels.Values.TryGetValue(TlsModeLabel, out var mode) && mode == "istio";
}
