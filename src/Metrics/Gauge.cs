namespace Mesh.Metrics;

/// <summary>A value that rises and falls. Lock-free, allocates nothing.</summary>
public sealed class Gauge
{
    private double value;

    /// <summary>Made by a registry; alone, it is a value that nobody exports.</summary>
    public Gauge() { }

    /// <summary>Now.</summary>
    public double Value => Volatile.Read(ref value);

    /// <summary>Replaces the value.</summary>
    public void Set(double newValue) => Volatile.Write(ref value, newValue);

    /// <summary>Adds one.</summary>
    public void Inc() => Add(1);

    /// <summary>Takes one away.</summary>
    public void Dec() => Add(-1);

    /// <summary>Adds; negative takes away.</summary>
    public void Add(double change) => AtomicDouble.Add(ref value, change);
}
