namespace Mesh.Proxy.Upstream.Retries;

/// <summary>How long a retry waits: anything between nothing and a bound that grows, so that clients which failed together do not come back together.</summary>
internal static class BackOff
{
    // Beyond it every bound is the longest; the shift below stays in range.
    private const int Doublings = 20;

    /// <param name="retry">1 for the first retry.</param>
    public static TimeSpan Next(RetryPolicy policy, int retry, Random random) =>
        new((long)(random.NextDouble() * Bound(policy, retry).Ticks));

    /// <summary>Below this the wait of a retry lies (Envoy, x-envoy-max-retries: full jitter in [0, (2^N-1)·base), capped).</summary>
    public static TimeSpan Bound(RetryPolicy policy, int retry)
    {
        var most = policy.MaxBackOff.Ticks;
        var factor = (1L << Math.Min(retry, Doublings)) - 1;
        return new TimeSpan(policy.BackOff.Ticks >= most / factor ? most : policy.BackOff.Ticks * factor);
    }
}
