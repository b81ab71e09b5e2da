using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Ports that a gateway workload opens.</summary>
public sealed record GatewaySpec : IObjectSpec
{
    /// <summary>The ports.</summary>
    public ImmutableArray<ServerSpec> Servers { get; init; } = [];

    /// <summary>Labels of the gateway's pods.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = StringMap.Empty<string>();
}
