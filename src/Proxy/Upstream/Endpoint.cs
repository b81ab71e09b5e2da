using System.Net;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Upstream;

/// <summary>One address of a cluster, and who is behind it.</summary>
internal sealed class Endpoint
{
    public required IPEndPoint Address { get; init; }

    public required uint Weight { get; init; }

    /// <summary>Labels for metrics: workload, version, namespace; <see cref="WorkloadInfo.Unknown"/> for bare addresses.</summary>
    public required WorkloadInfo Workload { get; init; }

    public required EndpointState State { get; init; }

    /// <summary>0 is preferred; traffic goes over to the next as endpoints fail (Envoy, priority levels).</summary>
    public int Priority { get; init; }

    /// <summary>This endpoint's bit in <see cref="Balancing.PickContext.AvoidPriorities"/>; from 31 on they share the last.</summary>
    public uint PriorityBit => 1u << Math.Min(Priority, 31);

    /// <summary>Its own DNS name, in lower case, by which requests may mean it and no other; null where it has none.</summary>
    public string? HostName { get; init; }

    public Locality Locality { get; init; } = Locality.Unknown;

    /// <summary>Weight of all endpoints of its locality and priority together, for clusters balanced by locality; 0 where it has none.</summary>
    public uint LocalityWeight { get; init; }

    /// <summary>What connections to it are made with; null where the cluster's settings hold.</summary>
    public TransportSettings? Transport { get; init; }

    /// <summary>Where connections to it come from; null where the system chooses.</summary>
    public DialSource? Source { get; init; }

    /// <summary>What the control plane said; whether it is ejected here is in <see cref="State"/>.</summary>
    public EndpointHealth Health { get; init; }

    // Asked for at every request, so made once for each configuration.
    private volatile FromSource? _fromSource;

    /// <summary>A cluster's settings with <see cref="Source"/> in them.</summary>
    public TransportSettings TransportFromSource(TransportSettings settings)
    {
        var known = _fromSource;
        if (known is null || !ReferenceEquals(known.Of, settings))
        {
            _fromSource = known = new(settings, settings with { Source = Source });
        }

        return known.Made;
    }

    private sealed record FromSource(TransportSettings Of, TransportSettings Made);
}
