using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Shares of traffic from one locality.</summary>
public sealed record LocalityDistributeSpec
{
    /// <summary>Origin locality `region/zone/subzone`, with `*` allowed at the end.</summary>
    public required string From { get; init; }

    /// <summary>Per cent by target locality; the sum is 100.</summary>
    public ImmutableSortedDictionary<string, int> To { get; init; } = StringMap.Empty<int>();
}
