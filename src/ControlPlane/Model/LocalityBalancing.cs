using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Preferences between localities.</summary>
/// <param name="Distribute">Explicit shares; empty for none, else the others are.</param>
/// <param name="FailoverPriority">Labels (<c>key</c> or <c>key=value</c>) that order endpoints by likeness to the client, most important first.</param>
/// <param name="ZoneAwareFrom">Traffic stays in the client's zone as far as its endpoints can take it, from so many endpoints on; null for off.</param>
internal sealed record LocalityBalancing(
    ImmutableArray<LocalityShares> Distribute,
    ImmutableArray<RegionFailover> Failover,
    ImmutableArray<string> FailoverPriority,
    int? ZoneAwareFrom
)
{
    /// <summary>Only what outlier detection brings by itself: the nearest healthy endpoints first.</summary>
    public static LocalityBalancing Default { get; } = new([], [], [], null);

    /// <summary>All localities are equal.</summary>
    public static LocalityBalancing Off { get; } = Default with { IsOff = true };

    public bool IsOff { get; init; }
}
