namespace Mesh.Config.Reading;

/// <summary>Fields that a reader asks for, learnt by running it over nothing; tells where a misplaced field belongs.</summary>
internal sealed class SchemaNode
{
    private readonly List<string> names = [];
    private readonly List<(string Name, string Instead)> oldNames = [];
    private readonly Dictionary<string, SchemaField> fields = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Names => names;

    /// <summary>Fields that are still understood, with what replaces them; never suggested to anybody.</summary>
    internal IReadOnlyList<(string Name, string Instead)> OldNames => oldNames;

    internal void AddOld(string name, string instead)
    {
        if (!oldNames.Contains((name, instead)))
        {
            oldNames.Add((name, instead));
        }
    }

    /// <summary>A field without fields of its own. Asked for in two forms it takes both.</summary>
    internal void Add(string name, SchemaField field)
    {
        if (!fields.TryGetValue(name, out var known))
        {
            names.Add(name);
            fields.Add(name, field);
        }
        else if (known.Kind == SchemaKind.Any)
        {
            fields[name] = field;
        }
        else if (field.Kind != SchemaKind.Any && field.Kind != known.Kind)
        {
            fields[name] = new(SchemaKind.Any);
        }
    }

    /// <summary>The node of an object, list element or map value under a field, with the type that it is read into.</summary>
    internal SchemaNode AddChild(string name, SchemaKind kind, Type type)
    {
        if (!fields.TryGetValue(name, out var field) || field.Node is null)
        {
            field = new(kind) { Node = new SchemaNode(), Type = type };
            if (!fields.ContainsKey(name))
            {
                names.Add(name);
            }
            fields[name] = field;
        }
        return field.Node;
    }

    internal SchemaField Field(string name) => fields[name];

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
            foreach (var field in current.Node.names)
            {
                if (current.Node.fields[field] is { Node: { } node } below)
                {
                    // Names of a map's values are the user's own words; what is misplaced rarely belongs there.
                    queue.Enqueue(($"{current.Prefix}{field}{below.Suffix}.", node));
                }
            }
        }
        return null;
    }
}
