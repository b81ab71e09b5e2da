namespace Mesh.Config.Reading;

/// <summary>Fields that a reader asks for, learnt by running it over nothing; tells where a misplaced field belongs.</summary>
internal sealed class SchemaNode
{
    private readonly List<string> names = [];
    private readonly Dictionary<string, (string Suffix, SchemaNode Node)> fields = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Names => names;

    internal void AddName(string name)
    {
        if (!names.Contains(name))
        {
            names.Add(name);
        }
    }

    /// <summary>The node of an object, list element (<c>[]</c>) or map value (<c>[*]</c>) under a field.</summary>
    internal SchemaNode AddChild(string name, string suffix)
    {
        AddName(name);
        if (!fields.TryGetValue(name, out var field))
        {
            field = (suffix, new SchemaNode());
            fields.Add(name, field);
        }
        return field.Node;
    }

    internal SchemaNode? Child(string name) => fields.TryGetValue(name, out var field) ? field.Node : null;

    /// <summary>The shortest way down to a field of this name: its name and the steps to it, or null.</summary>
    internal string? FindBelow(string name)
    {
        var queue = new Queue<(string Prefix, SchemaNode Node)>();
        queue.Enqueue(("", this));
        while (queue.TryDequeue(out var current))
        {
            var found = current.Prefix.Length > 0 ? current.Node.names.Find(known => NearestName.IsSame(known, name)) : null;
            if (found is not null)
            {
                return current.Prefix + found;
            }
            foreach (var (field, (suffix, node)) in current.Node.fields.OrderBy(f => current.Node.names.IndexOf(f.Key)))
            {
                // Names of a map's values are the user's own words; what is misplaced rarely belongs there.
                queue.Enqueue(($"{current.Prefix}{field}{suffix}.", node));
            }
        }
        return null;
    }
}
