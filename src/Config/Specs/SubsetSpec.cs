using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A named group of a service's endpoints.</summary>
public sealed record SubsetSpec
{
    /// <summary>Where the subset begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Labels its endpoints have; empty selects all endpoints.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = StringMap.Empty<string>();

    /// <summary>Its own policy; overrides the rule's policy block by block.</summary>
    public TrafficPolicySpec? TrafficPolicy { get; init; }
}
