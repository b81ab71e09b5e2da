using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One TLS rule, chosen by server name.</summary>
public sealed record TlsRouteSpec
{
    /// <summary>Where the rule begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Any of these must match; at least one.</summary>
    public ImmutableArray<TlsMatchSpec> Match { get; init; } = [];

    /// <summary>Where connections go, by weight.</summary>
    public ImmutableArray<L4DestinationSpec> Route { get; init; } = [];
}
