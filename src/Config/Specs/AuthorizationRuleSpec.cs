using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One rule: matches where a source, an operation and all conditions do; a part that is not written matches everything.</summary>
public sealed record AuthorizationRuleSpec
{
    /// <summary>Where the rule is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Whether <c>from</c> was written, even empty.</summary>
    public bool HasFrom { get; init; }

    /// <summary>Whether <c>to</c> was written, even empty.</summary>
    public bool HasTo { get; init; }

    /// <summary>Who asks.</summary>
    public ImmutableArray<AuthorizationSourceSpec> From { get; init; } = [];

    /// <summary>What for.</summary>
    public ImmutableArray<AuthorizationOperationSpec> To { get; init; } = [];

    /// <summary>Everything else.</summary>
    public ImmutableArray<AuthorizationConditionSpec> When { get; init; } = [];
}
