namespace Mesh.Config.Reading;

/// <summary>Keys and values in file order; keys written twice are kept apart, so that they can be reported.</summary>
internal sealed class MapNode : Node
{
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);
    private readonly List<MapEntry> entries = [];
    private readonly List<MapEntry> duplicates = [];

    internal MapNode(int line)
        : base(line) { }

    internal IReadOnlyList<MapEntry> Entries => entries;

    internal IReadOnlyList<MapEntry> Duplicates => duplicates;

    /// <summary>Index of a key in <see cref="Entries"/>, or -1.</summary>
    internal int IndexOf(string key) => indexes.GetValueOrDefault(key, -1);

    internal Node? this[string key] => indexes.TryGetValue(key, out var index) ? entries[index].Value : null;

    internal void Add(MapEntry entry)
    {
        if (indexes.TryAdd(entry.Key, entries.Count))
        {
            entries.Add(entry);
        }
        else
        {
            duplicates.Add(entry);
        }
    }

    internal override string Describe() => "an object";
}
