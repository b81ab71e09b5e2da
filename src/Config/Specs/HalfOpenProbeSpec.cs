namespace Mesh.Config.Specs;

/// <summary>An endpoint whose ejection time is over gets single requests, and all others only after they succeeded.</summary>
public sealed record HalfOpenProbeSpec
{
    /// <summary>Requests that must succeed one after the other, 1 to 100; absent means 1.</summary>
    public int? Successes { get; init; }
}
