using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Who may do what with the workloads of its scope.</summary>
public sealed record AuthorizationPolicySpec : ISecuritySpec
{
    /// <summary>Labels of its workloads; empty means the whole namespace, and in the root namespace the whole mesh.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = StringMap.Empty<string>();

    /// <summary>Objects instead of labels.</summary>
    public ImmutableArray<TargetRefSpec> TargetRefs { get; init; } = [];

    /// <summary>What becomes of matching traffic; default ALLOW.</summary>
    public AuthorizationAction Action { get; init; }

    /// <summary>Traffic matches where one of them does; with none, nothing matches.</summary>
    public ImmutableArray<AuthorizationRuleSpec> Rules { get; init; } = [];

    /// <summary>With CUSTOM, the extension provider that is asked.</summary>
    public string? Provider { get; init; }

    /// <inheritdoc/>
    public bool IsRefused { get; init; }
}
