using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A container of a Pod.</summary>
public sealed record ContainerSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its declared ports.</summary>
    public ImmutableArray<ContainerPortSpec> Ports { get; init; } = [];
}
