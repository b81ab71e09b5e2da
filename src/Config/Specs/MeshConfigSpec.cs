using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>The mesh configuration in the ConfigMap <c>istio</c>: of its many settings those that nothing else says.</summary>
public sealed record MeshConfigSpec : ISecuritySpec
{
    /// <summary>Services that objects refer to by a name of their own.</summary>
    public ImmutableArray<ExtensionProviderSpec> ExtensionProviders { get; init; } = [];

    /// <summary>Trust domains whose identities count as the mesh's own.</summary>
    public ImmutableArray<string> TrustDomainAliases { get; init; } = [];

    /// <summary>How paths are normalised; null where nothing is said.</summary>
    public PathNormalizationLevel? PathNormalization { get; init; }

    /// <inheritdoc/>
    public bool IsRefused { get; init; }
}
