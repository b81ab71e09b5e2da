namespace Mesh.Metrics;

/// <summary>Label values as a key, for families that are not asked on a hot path.</summary>
public readonly struct LabelValues : IEquatable<LabelValues>
{
    private readonly string[]? values;

    /// <summary>In the order of the family's label names.</summary>
    public LabelValues(params string[] values) => this.values = values;

    /// <summary>In the order of the family's label names.</summary>
    public ReadOnlySpan<string> Values => values;

    /// <inheritdoc/>
    public bool Equals(LabelValues other) => Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LabelValues other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in Values)
        {
            hash.Add(value, StringComparer.Ordinal);
        }
        return hash.ToHashCode();
    }

    /// <summary>Equal values in equal order.</summary>
    public static bool operator ==(LabelValues left, LabelValues right) => left.Equals(right);

    /// <summary>The opposite.</summary>
    public static bool operator !=(LabelValues left, LabelValues right) => !left.Equals(right);
}
