using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Maps of the specs: sorted by key, compared byte for byte, so that everything made from them is deterministic.</summary>
public static class StringMap
{
    /// <summary>The empty map.</summary>
    public static ImmutableSortedDictionary<string, T> Empty<T>() => EmptyMap<T>.Value;

    /// <summary>A map of the given entries; a key given twice throws.</summary>
    public static ImmutableSortedDictionary<string, T> Of<T>(params IEnumerable<KeyValuePair<string, T>> entries) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, entries);

    private static class EmptyMap<T>
    {
        internal static readonly ImmutableSortedDictionary<string, T> Value = ImmutableSortedDictionary.Create<string, T>(
            StringComparer.Ordinal
        );
    }
}
