using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>A sorted, immutable label set with value equality.</summary>
internal sealed class Labels(ImmutableSortedDictionary<string, string> values) : IEquatable<Labels>
{
    public static Labels Empty { get; } = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public ImmutableSortedDictionary<string, string> Values { get; } = values;

    public static Labels From(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.ToImmutableSortedDictionary(StringComparer.Ordinal));

    /// <summary>True if every pair of the selector is present here; an empty selector selects all.</summary>
    public bool Satisfies(Labels selector)
    {
        foreach (var (key, value) in selector.Values)
        {
            if (!Values.TryGetValue(key, out var mine) || !string.Equals(mine, value, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(Labels? other) => other is not null && Values.Count == other.Values.Count && Satisfies(other);

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in Values)
        {
            hash.Add(key, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', Values.Select(pair => $"{pair.Key}={pair.Value}"));
}
