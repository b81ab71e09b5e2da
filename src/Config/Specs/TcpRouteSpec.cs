using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One rule for opaque TCP.</summary>
public sealed record TcpRouteSpec
{
    /// <summary>Where the rule begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Any of these must match; empty matches everything.</summary>
    public ImmutableArray<L4MatchSpec> Match { get; init; } = [];

    /// <summary>Where connections go, by weight.</summary>
    public ImmutableArray<L4DestinationSpec> Route { get; init; } = [];
}
