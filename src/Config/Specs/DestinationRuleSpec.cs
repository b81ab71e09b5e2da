using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Policies for traffic to a host, applied after routing.</summary>
public sealed record DestinationRuleSpec : IObjectSpec
{
    /// <summary>Service name, exact or `*.suffix`.</summary>
    public required string Host { get; init; }

    /// <summary>Policy for all ports and subsets.</summary>
    public TrafficPolicySpec? TrafficPolicy { get; init; }

    /// <summary>Named groups of endpoints.</summary>
    public ImmutableArray<SubsetSpec> Subsets { get; init; } = [];

    /// <summary>Namespaces that may see it: `*`, `.`, or names; empty means all.</summary>
    public ImmutableArray<string> ExportTo { get; init; } = [];

    /// <summary>Labels of the clients it applies to; empty means all in scope.</summary>
    public ImmutableSortedDictionary<string, string> WorkloadSelector { get; init; } = StringMap.Empty<string>();

    /// <summary>From annotations: what the fields above cannot say.</summary>
    public DestinationRuleExtensionsSpec Extensions { get; init; } = new();
}
