using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Edits of one header block.</summary>
public sealed record HeaderOperationsSpec
{
    /// <summary>Overwrites by name.</summary>
    public ImmutableSortedDictionary<string, string> Set { get; init; } = StringMap.Empty<string>();

    /// <summary>Appends by name.</summary>
    public ImmutableSortedDictionary<string, string> Add { get; init; } = StringMap.Empty<string>();

    /// <summary>Removes by name.</summary>
    public ImmutableArray<string> Remove { get; init; } = [];
}
