using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Zone-aware balancing.</summary>
public sealed record ZoneAwareLbSpec
{
    /// <summary>Whether it is on.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Region pairs for failover.</summary>
    public ImmutableArray<LocalityFailoverSpec> Failover { get; init; } = [];

    /// <summary>Labels that order endpoints by likeness to the client.</summary>
    public ImmutableArray<string> FailoverPriority { get; init; } = [];

    /// <summary>Fewest endpoints for which it is used; absent means 6.</summary>
    public int? MinClusterSize { get; init; }
}
