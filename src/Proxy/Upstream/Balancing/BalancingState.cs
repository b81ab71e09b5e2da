namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>What balancing remembers about one endpoint, over configuration swaps: since when it warms up, and how fast it answers.</summary>
internal sealed class BalancingState
{
    private long _warmSince;

    public PeakEwma Latency { get; } = new();

    /// <summary>The timestamp of the first call since the endpoint came or was last found unhealthy.</summary>
    public long WarmSince(long now)
    {
        // Zero is "not seen yet"; a clock that starts at zero loses one tick.
        now = now == 0 ? 1 : now;
        var since = Interlocked.CompareExchange(ref _warmSince, now, 0);
        return since == 0 ? now : since;
    }

    /// <summary>Unhealthy: it will warm up again.</summary>
    public void Cool() => Volatile.Write(ref _warmSince, 0);
}
