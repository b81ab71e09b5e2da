using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A service that Kubernetes does not know.</summary>
public sealed record ServiceEntrySpec : IObjectSpec
{
    /// <summary>Its names.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Virtual addresses or CIDR blocks.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Its ports.</summary>
    public ImmutableArray<PortSpec> Ports { get; init; } = [];

    /// <summary>Part of the mesh or not.</summary>
    public ServiceEntryLocation ServiceLocation { get; init; }

    /// <summary>How addresses are found.</summary>
    public ServiceEntryResolution Resolution { get; init; }

    /// <summary>Its endpoints; exclusive with WorkloadSelector.</summary>
    public ImmutableArray<WorkloadEntrySpec> Endpoints { get; init; } = [];

    /// <summary>Labels of pods and WorkloadEntries that are its endpoints; empty means none.</summary>
    public ImmutableSortedDictionary<string, string> WorkloadSelector { get; init; } = StringMap.Empty<string>();

    /// <summary>Namespaces that may see it: `*`, `.`, or names; empty means all.</summary>
    public ImmutableArray<string> ExportTo { get; init; } = [];

    /// <summary>Names of which its endpoints must prove one.</summary>
    public ImmutableArray<string> SubjectAltNames { get; init; } = [];
}
