using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Configuration;

/// <summary>An LDS resource as this proxy understands it, before routes and clusters are looked up.</summary>
internal sealed record ListenerPlan
{
    /// <summary>Where the listener says nothing.</summary>
    public static readonly TimeSpan DefaultDetection = TimeSpan.FromMilliseconds(100);

    public required string Name { get; init; }

    public required bool Inbound { get; init; }

    public required IPEndPoint Address { get; init; }

    /// <summary>Takes what no other listener of its direction takes: <c>virtualOutbound</c> and <c>virtualInbound</c>.</summary>
    public required bool CatchAll { get; init; }

    /// <summary>The proxy opens the socket by itself; nobody redirects connections to it.</summary>
    public required bool Bound { get; init; }

    /// <summary>In the order of the resource, the default chain last.</summary>
    public required ImmutableArray<ChainPlan> Chains { get; init; }

    /// <summary>How long a client may take to begin with TLS where it may go on without (listener_filters_timeout).</summary>
    public TimeSpan DetectionTimeout { get; init; } = DefaultDetection;

    /// <summary>The proxy's own workload where the listener names it.</summary>
    public WorkloadInfo? Self { get; init; }
}
