namespace Mesh.Metrics;

/// <summary>A count that only grows. Lock-free, allocates nothing; keep the handle instead of looking it up.</summary>
public sealed class Counter
{
    private long value;

    /// <summary>Made by a registry; alone, it is a count that nobody exports.</summary>
    public Counter() { }

    /// <summary>Since the process started.</summary>
    public long Value => Volatile.Read(ref value);

    /// <summary>Adds one.</summary>
    public void Inc() => Interlocked.Increment(ref value);

    /// <summary>Adds several.</summary>
    /// <param name="count">Not negative: a counter that falls reads as a restart.</param>
    public void Add(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Interlocked.Add(ref value, count);
    }
}
