using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One RequestAuthentication: whose tokens the workloads of its scope take.</summary>
/// <param name="Selectors">A workload that satisfies one of them is meant; empty labels mean every one of the namespace.</param>
internal sealed record TokenPolicy(
    string Namespace,
    string Name,
    ImmutableArray<Labels> Selectors,
    ImmutableArray<TokenRule> Rules,
    SourceRef Source
);
