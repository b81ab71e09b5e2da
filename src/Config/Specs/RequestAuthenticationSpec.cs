using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Whose tokens the workloads of its scope take.</summary>
public sealed record RequestAuthenticationSpec : ISecuritySpec
{
    /// <summary>Labels of its workloads; empty means the whole namespace, and in the root namespace the whole mesh.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = StringMap.Empty<string>();

    /// <summary>Objects instead of labels.</summary>
    public ImmutableArray<TargetRefSpec> TargetRefs { get; init; } = [];

    /// <summary>One for each issuer.</summary>
    public ImmutableArray<TokenRuleSpec> JwtRules { get; init; } = [];

    /// <inheritdoc/>
    public bool IsRefused { get; init; }
}
