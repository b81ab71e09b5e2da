using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Maps of the specs: sorted by key, compared byte for byte, so that everything made from them is deterministic.</summary>
public static class StringMap
{
    /// <summary>The empty map.</summary>
    public static ImmutableSortedDictionary<string, T> Empty<T>() => EmptyMap<T>.Value;

    private static class EmptyMap<T>
    {
        internal static readonly ImmutableSortedDictionary<string, T> Value = ImmutableSortedDictionary.Create<string, T>(
            StringComparer.Ordinal
        );
    }
}
