namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// An endpoint's latency as a moving average that jumps up at once and comes down slowly, as Finagle and Linkerd keep it. One 64-bit cell,
/// changed by compare and swap.
/// </summary>
internal sealed class PeakEwma
{
    // High half: the average in microseconds as a float; low half: when, in milliseconds modulo 2^32. All zero: not asked yet.
    private long _cell;

    /// <summary>Takes in one measured latency.</summary>
    public void Observe(TimeSpan latency, TimeSpan now, TimeSpan decay)
    {
        var measured = (float)Math.Max(latency.TotalMicroseconds, 1);
        while (true)
        {
            var cell = Volatile.Read(ref _cell);
            var next = measured;
            if (cell != 0 && Average(cell) is var average && measured < average)
            {
                var kept = (float)Kept(Age(cell, now) / decay.TotalMilliseconds);
                next = (average * kept) + (measured * (1 - kept));
            }

            if (Interlocked.CompareExchange(ref _cell, Pack(next, now), cell) == cell)
            {
                return;
            }
        }
    }

    /// <summary>
    /// The expected latency in microseconds. Without news it sinks, so that one bad answer is forgotten in the end; what an endpoint is first
    /// taken to need sinks likewise, or quicker ones would keep it from ever being tried.
    /// </summary>
    public double Estimate(TimeSpan now, TimeSpan decay, TimeSpan initial)
    {
        var cell = Volatile.Read(ref _cell);
        if (cell == 0)
        {
            var first = Pack((float)Math.Max(initial.TotalMicroseconds, 1), now);
            cell = Interlocked.CompareExchange(ref _cell, first, 0);
            cell = cell == 0 ? first : cell;
        }

        return Average(cell) * Kept(Age(cell, now) / decay.TotalMilliseconds);
    }

    // e^-x. Under load x is next to nothing, where two terms are as good to six digits.
    private static double Kept(double x) => x < 0.01 ? 1 - x + (x * x / 2) : Math.Exp(-x);

    private static float Average(long cell) => BitConverter.Int32BitsToSingle((int)(cell >> 32));

    private static double Age(long cell, TimeSpan now) =>
        unchecked((uint)(long)now.TotalMilliseconds - (uint)cell) is var age && age < 1u << 31 ? age : 0;

    private static long Pack(float average, TimeSpan now) =>
        ((long)BitConverter.SingleToInt32Bits(average) << 32) | (uint)(ulong)(long)now.TotalMilliseconds;
}
