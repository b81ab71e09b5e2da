using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>A Pod, as far as a mesh needs it.</summary>
public sealed record PodSpec : IObjectSpec
{
    /// <summary>Service account of its identity.</summary>
    public string ServiceAccountName { get; init; } = "default";

    /// <summary>Its node.</summary>
    public string? NodeName { get; init; }

    /// <summary>Shares the node's network.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>Its host name; absent for the pod's own name.</summary>
    public string? Hostname { get; init; }

    /// <summary>The headless Service whose DNS lists its host name.</summary>
    public string? Subdomain { get; init; }

    /// <summary>Containers, restartable init containers included.</summary>
    public ImmutableArray<ContainerSpec> Containers { get; init; } = [];

    /// <summary>Its addresses, the first is the main one.</summary>
    public ImmutableArray<string> PodIPs { get; init; } = [];

    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    public string? Phase { get; init; }

    /// <summary>Its Ready condition; absent when the status does not say.</summary>
    public bool? Ready { get; init; }
}
