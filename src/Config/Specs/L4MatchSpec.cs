using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Conditions of one TCP match block; all of them must hold.</summary>
public sealed record L4MatchSpec
{
    /// <summary>Where the block begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Addresses or CIDR blocks of the destination.</summary>
    public ImmutableArray<string> DestinationSubnets { get; init; } = [];

    /// <summary>Port of the destination.</summary>
    public int? Port { get; init; }

    /// <summary>Labels the client's workload must have.</summary>
    public ImmutableSortedDictionary<string, string> SourceLabels { get; init; } = StringMap.Empty<string>();

    /// <summary>Namespace of the client's workload.</summary>
    public string? SourceNamespace { get; init; }

    /// <summary>Gateways the match is for; replaces those of the VirtualService.</summary>
    public ImmutableArray<string> Gateways { get; init; } = [];
}
