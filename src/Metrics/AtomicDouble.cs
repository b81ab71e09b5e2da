namespace Mesh.Metrics;

/// <summary>Addition to a shared double without a lock.</summary>
internal static class AtomicDouble
{
    public static void Add(ref double target, double change)
    {
        var seen = Volatile.Read(ref target);
        while (true)
        {
            var now = Interlocked.CompareExchange(ref target, seen + change, seen);
            // By bits: NaN never equals itself and would loop for ever.
            if (BitConverter.DoubleToInt64Bits(now) == BitConverter.DoubleToInt64Bits(seen))
            {
                return;
            }
            seen = now;
        }
    }
}
