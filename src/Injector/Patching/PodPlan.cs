using System.Collections.Immutable;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Patching;

/// <summary>Everything that is decided before the first operation is written.</summary>
internal sealed record PodPlan
{
    public required InjectionSettings Settings { get; init; }

    public required PodSettings Pod { get; init; }

    /// <summary>Whether the proxy is an init container that keeps running.</summary>
    public required bool Native { get; init; }

    /// <summary>What <c>istio.io/rev</c> will say.</summary>
    public required string Revision { get; init; }

    /// <summary>The workload that the pod is of: part of its labels.</summary>
    public required string Workload { get; init; }

    /// <summary>The pod's grace period, in seconds.</summary>
    public required int GraceSeconds { get; init; }

    /// <summary>
    /// Whether a classic sidecar has to end when the application has: the pod runs to an end (<c>restartPolicy</c> Never) and does not forbid the
    /// shared process namespace in which that end is seen.
    /// </summary>
    public required bool EndsWithApplication { get; init; }

    /// <summary>Whom the proxy runs as, and whose traffic is not redirected: the settings', unless the user wrote another into its container.</summary>
    public required int User { get; init; }

    /// <inheritdoc cref="User"/>
    public required int Group { get; init; }

    /// <summary>
    /// What the pod as a whole has amounts of (<c>spec.resources</c>): the sidecar shares them, because amounts of its own would have to fit into them.
    /// </summary>
    public required ImmutableArray<string> PodResources { get; init; }

    /// <summary>Of the proxy; what its pod's annotations ask for stays.</summary>
    public Amounts ProxyResources => Pod.Resources == Settings.Resources ? Shared(Pod.Resources) : Pod.Resources;

    public Amounts InitResources => Shared(Settings.InitResources);

    public bool Redirects => Pod.InterceptionMode != InterceptionMode.None;

    public bool Transparent => Pod.InterceptionMode == InterceptionMode.Tproxy;

    public bool RewritesProbes => Pod is { RewriteProbes: true, CapturesInbound: true, StatusPort: > 0 };

    /// <summary>Open requests may take so long; the kubelet's kill must find nothing left to do.</summary>
    public TimeSpan DrainTime => Pod.TerminationDrain ?? TimeSpan.FromSeconds(Math.Clamp(GraceSeconds - 5, 1, 45));

    public ImmutableArray<string> Volumes => [Names.DataVolume, Names.PodInfoVolume, Names.TokenVolume, Names.RootVolume];

    private Amounts Shared(Amounts amounts) => new(amounts.Requests.RemoveRange(PodResources), amounts.Limits.RemoveRange(PodResources));
}
