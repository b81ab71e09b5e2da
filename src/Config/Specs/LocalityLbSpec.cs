using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Preferences between localities; Distribute, Failover and FailoverPriority have their rules of combination.</summary>
public sealed record LocalityLbSpec
{
    /// <summary>Explicit shares by origin.</summary>
    public ImmutableArray<LocalityDistributeSpec> Distribute { get; init; } = [];

    /// <summary>Region pairs for failover.</summary>
    public ImmutableArray<LocalityFailoverSpec> Failover { get; init; } = [];

    /// <summary>Labels (`key` or `key=value`) that order endpoints by likeness to the client.</summary>
    public ImmutableArray<string> FailoverPriority { get; init; } = [];

    /// <summary>Whether locality balancing is on; absent means the mesh setting.</summary>
    public bool? Enabled { get; init; }
}
