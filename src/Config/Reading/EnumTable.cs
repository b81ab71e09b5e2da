using System.Collections.Frozen;

namespace Mesh.Config.Reading;

/// <summary>Names of an enumeration as users write them.</summary>
internal sealed class EnumTable<T>(params (string Name, T Value)[] values)
    where T : struct, Enum
{
    private readonly FrozenDictionary<string, T> values = values.ToFrozenDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    /// <summary>Allowed names in the order of the API.</summary>
    internal IReadOnlyList<string> Names { get; } = [.. values.Select(v => v.Name)];

    /// <summary>Names that are still understood, with the name that replaces them.</summary>
    internal FrozenDictionary<string, string> Old { get; init; } = FrozenDictionary<string, string>.Empty;

    internal bool TryGet(string name, out T value) => values.TryGetValue(name, out value);
}
