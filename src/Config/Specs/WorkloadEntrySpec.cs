using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A workload outside of Kubernetes, alone or inside a ServiceEntry.</summary>
public sealed record WorkloadEntrySpec : IObjectSpec
{
    /// <summary>Where it begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>IP, DNS name, or `unix:///path`; absent only with a network.</summary>
    public string? Address { get; init; }

    /// <summary>Ports by the service port's name.</summary>
    public ImmutableSortedDictionary<string, int> Ports { get; init; } = StringMap.Empty<int>();

    /// <summary>Its labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = StringMap.Empty<string>();

    /// <summary>Its network.</summary>
    public string? Network { get; init; }

    /// <summary>`region/zone/subzone`.</summary>
    public string? Locality { get; init; }

    /// <summary>Weight in balancing; absent means 1.</summary>
    public int? Weight { get; init; }

    /// <summary>Service account of its identity.</summary>
    public string? ServiceAccount { get; init; }
}
