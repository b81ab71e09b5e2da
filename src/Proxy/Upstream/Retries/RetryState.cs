namespace Mesh.Proxy.Upstream.Retries;

/// <summary>
/// What a cluster's retries have come to: what the budget counts, and Envoy's counters. Counting a request takes one compare-and-swap;
/// only retries, which are few, take turns.
/// </summary>
internal sealed class RetryState
{
    // The interval in parts: requests are counted over the last 20, the current one included, which is a little less than the interval, and
    // retries over the last 21, which is a little more. So the budget holds exactly at each retry, and up to a twentieth of it is not used.
    private const int Parts = 20;
    private const int Cells = 32;

    // Each cell has the number of its part in the upper half, and the count in the lower.
    private readonly long[] _requests = new long[Cells];
    private readonly Lock _turn = new();
    private long[]? _retries;
    private long _started;
    private long _succeeded;
    private long _overBudget;
    private long _limitExceeded;

    public long Started => Interlocked.Read(ref _started);

    /// <summary>Retries after which nothing asked for another.</summary>
    public long Succeeded => Interlocked.Read(ref _succeeded);

    /// <summary>Not made because of the budget.</summary>
    public long OverBudget => Interlocked.Read(ref _overBudget);

    /// <summary>Not made because the policy allows no more.</summary>
    public long LimitExceeded => Interlocked.Read(ref _limitExceeded);

    /// <summary>Counts a request, whatever its policy.</summary>
    /// <param name="now">Clock ticks (TimeProvider).</param>
    /// <param name="frequency">Clock ticks a second.</param>
    public void RequestStarted(RetryBudget budget, long now, long frequency)
    {
        if (budget.Interval <= TimeSpan.Zero)
        {
            return;
        }

        var part = PartOf(budget, now, frequency);
        ref var cell = ref _requests[part % Cells];
        var seen = Volatile.Read(ref cell);
        while (true)
        {
            var age = part - (uint)(seen >> 32);
            if ((int)age < 0)
            {
                // Others have filled the cell anew since this thread looked at the clock.
                return;
            }

            var next = age == 0 ? seen + 1 : ((long)part << 32) | 1;
            var before = Interlocked.CompareExchange(ref cell, next, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>Takes a retry out of the budget; false, and counted, where there is none left.</summary>
    /// <param name="requestsInFlight">For budgets without an interval.</param>
    /// <param name="retriesInFlight">The same; with this one.</param>
    public bool TryTake(RetryBudget budget, long now, long frequency, int requestsInFlight, int retriesInFlight)
    {
        bool taken;
        if (budget.Interval > TimeSpan.Zero)
        {
            lock (_turn)
            {
                taken = TakeFromInterval(budget, now, frequency);
            }
        }
        else
        {
            // Envoy, resource_manager_impl.h: at least the minimum, else the share of what is in flight.
            taken = retriesInFlight - 1 < Math.Max(budget.Percent / 100 * requestsInFlight, budget.AtLeast);
        }

        Interlocked.Increment(ref taken ? ref _started : ref _overBudget);
        return taken;
    }

    public void CountSuccess() => Interlocked.Increment(ref _succeeded);

    public void CountLimitExceeded() => Interlocked.Increment(ref _limitExceeded);

    private static uint PartOf(RetryBudget budget, long now, long frequency) =>
        (uint)(ulong)(now / (double)frequency / budget.Interval.TotalSeconds * Parts);

    private static long Sum(long[] cells, uint part, int parts)
    {
        var sum = 0L;
        for (var i = 0u; i < parts; i++)
        {
            var cell = Volatile.Read(ref cells[(part - i) % Cells]);
            if ((uint)(cell >> 32) == part - i)
            {
                sum += (uint)cell;
            }
        }

        return sum;
    }

    private bool TakeFromInterval(RetryBudget budget, long now, long frequency)
    {
        _retries ??= new long[Cells];
        var part = PartOf(budget, now, frequency);
        var allowed = (budget.Percent / 100 * Sum(_requests, part, Parts)) + budget.AtLeast;
        if (Sum(_retries, part, Parts + 1) + 1 > allowed)
        {
            return false;
        }

        ref var cell = ref _retries[part % Cells];
        cell = (uint)(cell >> 32) == part ? cell + 1 : ((long)part << 32) | 1;
        return true;
    }
}
