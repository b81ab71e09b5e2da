namespace Mesh.Metrics;

/// <summary>How often a value fell into each bucket. Lock-free, allocates nothing.</summary>
public sealed class Histogram
{
    private readonly double[] bounds;
    private readonly long[] counts;
    private double sum;

    /// <summary>Made by a registry; alone, it is a histogram that nobody exports.</summary>
    /// <param name="upperBounds">Inclusive, strictly rising, finite; the last bucket, up to infinity, is implied.</param>
    public Histogram(params ReadOnlySpan<double> upperBounds)
    {
        for (var i = 0; i < upperBounds.Length; i++)
        {
            if (!double.IsFinite(upperBounds[i]) || (i > 0 && upperBounds[i] <= upperBounds[i - 1]))
            {
                throw new ArgumentException($"Bucket bound {i} is {upperBounds[i]}; bounds must be finite and rise.", nameof(upperBounds));
            }
        }
        bounds = upperBounds.ToArray();
        counts = new long[bounds.Length + 1];
    }

    /// <summary>How many values were observed.</summary>
    public long Count
    {
        get
        {
            long total = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                total += Volatile.Read(ref counts[i]);
            }
            return total;
        }
    }

    /// <summary>Of all observed values.</summary>
    public double Sum => Volatile.Read(ref sum);

    internal ReadOnlySpan<double> Bounds => bounds;

    /// <summary>Counts one value. NaN is not counted: it is in no bucket and would spoil the sum for good.</summary>
    public void Observe(double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }
        // Most latencies fall into the first buckets, where a scan beats a binary search.
        var i = 0;
        while (i < bounds.Length && value > bounds[i])
        {
            i++;
        }
        Interlocked.Increment(ref counts[i]);
        AtomicDouble.Add(ref sum, value);
    }

    /// <summary>Not cumulative; the last is the one up to infinity.</summary>
    internal long CountOfBucket(int index) => Volatile.Read(ref counts[index]);
}
