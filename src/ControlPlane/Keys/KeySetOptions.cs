namespace Mesh.ControlPlane.Keys;

/// <summary>How keys of issuers are fetched.</summary>
/// <param name="Refresh">Time between two fetches of one set, where its server does not ask for a shorter one; default 20 min, as in Istio.</param>
internal sealed record KeySetOptions(TimeSpan Refresh)
{
    public static KeySetOptions Default { get; } = new(TimeSpan.FromMinutes(20));

    /// <summary>Shortest time between two fetches whatever a server's Cache-Control says: 30 s, or the refresh time where that is shorter.</summary>
    public TimeSpan Shortest => Refresh < TimeSpan.FromSeconds(30) ? Refresh : TimeSpan.FromSeconds(30);

    /// <summary>Wait after the first failure: 1 s, or the refresh time where that is shorter; doubles with each.</summary>
    public TimeSpan FirstRetry => Refresh < TimeSpan.FromSeconds(1) ? Refresh : TimeSpan.FromSeconds(1);

    /// <summary>Longest wait after failures: 1 min, or the refresh time where that is shorter.</summary>
    public TimeSpan LongestRetry => Refresh < TimeSpan.FromMinutes(1) ? Refresh : TimeSpan.FromMinutes(1);

    /// <summary>Largest answer that is read: 1 MiB.</summary>
    public int MostBytes { get; init; } = 1024 * 1024;

    /// <summary>Fetches at the same time: 8.</summary>
    public int MostAtOnce { get; init; } = 8;
}
