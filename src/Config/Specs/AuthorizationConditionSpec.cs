using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A condition on any attribute.</summary>
public sealed record AuthorizationConditionSpec
{
    /// <summary>Where it is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The attribute, such as <c>request.headers[x-token]</c>.</summary>
    public required string Key { get; init; }

    /// <summary>One of these.</summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>None of these.</summary>
    public ImmutableArray<string> NotValues { get; init; } = [];
}
