using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A Kubernetes Service, as far as a mesh needs it.</summary>
public sealed record ServiceSpec : IObjectSpec
{
    /// <summary>ClusterIP, NodePort, LoadBalancer or ExternalName.</summary>
    public string Type { get; init; } = "ClusterIP";

    /// <summary>Virtual addresses; empty for headless and ExternalName services.</summary>
    public ImmutableArray<string> ClusterIPs { get; init; } = [];

    /// <summary>Written `clusterIP: None`: clients see the endpoints' addresses.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>DNS name that an ExternalName service stands for.</summary>
    public string? ExternalName { get; init; }

    /// <summary>Its ports.</summary>
    public ImmutableArray<ServicePortSpec> Ports { get; init; } = [];

    /// <summary>Labels of its pods.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = StringMap.Empty<string>();

    /// <summary>Endpoints count as ready from the start.</summary>
    public bool PublishNotReadyAddresses { get; init; }

    /// <summary>Preference between zones, such as `PreferClose`.</summary>
    public string? TrafficDistribution { get; init; }
}
