using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>
/// Reads the fields of one object by name; a spec's reader is a list of such questions. It builds paths, reports what has the wrong
/// form, and knows at the end what was never asked for.
/// </summary>
internal sealed partial class ObjectReader
{
    private static readonly MapNode Nothing = new(0);

    private readonly ReadContext? context; // absent while the schema is learnt
    private readonly SchemaNode? probe; // present while the schema is learnt
    private readonly MapNode node;
    private readonly bool[] used;
    private readonly bool strict;
    private readonly ObjectReader? parent;
    private readonly string field;

    internal ObjectReader(ReadContext context, MapNode root, bool strict)
        : this(context, FieldPath.Root, root, null, "", strict) { }

    private ObjectReader(ReadContext context, FieldPath path, MapNode node, ObjectReader? parent, string field, bool strict)
    {
        (this.context, this.node, this.parent, this.field, this.strict) = (context, node, parent, field, strict);
        Path = path;
        used = new bool[node.Entries.Count];
        context.Register(this);
    }

    private ObjectReader(SchemaNode probe)
    {
        (this.probe, node, used, field) = (probe, Nothing, [], "");
        Path = FieldPath.Root;
    }

    internal FieldPath Path { get; }

    /// <summary>Where the object begins.</summary>
    internal SourceLocation Location => context?.At(node.Line) ?? default;

    /// <summary>Learns the fields of a reader by letting it read nothing.</summary>
    internal static SchemaNode Learn(Action<ObjectReader> read)
    {
        var schema = new SchemaNode();
        read(new ObjectReader(schema));
        return schema;
    }

    /// <summary>Whether the field is written, even if empty.</summary>
    internal bool Has(string name) => Find(name) >= 0;

    /// <summary>Marks fields that may stand there and mean nothing to us.</summary>
    internal void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            probe?.Add(name, new(SchemaKind.Any));
            if (Find(name) is >= 0 and var index)
            {
                used[index] = true;
            }
        }
    }

    /// <summary>Names fields whose empty value means absent, because tools print them so.</summary>
    internal void AllowEmpty(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (node[name] is ScalarNode { Kind: ScalarKind.Null })
            {
                Ignore(name);
            }
        }
    }

    /// <summary>An old field that is still understood; true, with a warning, when it is written.</summary>
    internal bool Old(string name, string instead)
    {
        probe?.AddOld(name, instead);
        var index = Find(name);
        if (index < 0)
        {
            return false;
        }
        used[index] = true; // one warning is enough, also for mirror_percent
        Report(DiagnosticCodes.OldField, name, $"is an old spelling; write {instead} instead");
        return true;
    }

    /// <summary>A nested object.</summary>
    internal T? Object<T>(string name, Func<ObjectReader, T> read, string form = "an object")
        where T : class
    {
        if (probe is not null)
        {
            read(new ObjectReader(probe.AddChild(name, SchemaKind.Object, typeof(T))));
            return null;
        }
        return Take(name) is { } entry ? Nested(entry.Value, Path.Field(name), name, read, form) : null;
    }

    /// <summary>A nested object of which only one value is kept.</summary>
    internal T? Value<T>(string name, Func<ObjectReader, T> read, string form = "an object")
        where T : struct => Object(name, nested => Tuple.Create(read(nested)), form)?.Item1;

    /// <summary>A nested object that must be there; what replaces it after the report is never used.</summary>
    internal T Required<T>(string name, Func<ObjectReader, T> read, string form = "an object")
        where T : class
    {
        var value = Object(name, read, form);
        if (value is null)
        {
            ReportMissing(name);
        }
        return value ?? read(new ObjectReader(new SchemaNode()));
    }

    /// <summary>A list of nested objects.</summary>
    internal ImmutableArray<T> List<T>(string name, Func<ObjectReader, T> read, string form = "an object")
        where T : class
    {
        if (probe is not null)
        {
            read(new ObjectReader(probe.AddChild(name, SchemaKind.ObjectList, typeof(T))));
            return [];
        }
        var values = ImmutableArray.CreateBuilder<T>();
        foreach (var (item, path) in Items(name, $"a list, each element {form}"))
        {
            if (Nested(item, path, name, read, form) is { } value)
            {
                values.Add(value);
            }
        }
        return values.ToImmutable();
    }

    /// <summary>A map from names of the user's to nested objects.</summary>
    internal ImmutableSortedDictionary<string, T> Map<T>(string name, Func<ObjectReader, T> read, string form = "an object")
        where T : class
    {
        if (probe is not null)
        {
            read(new ObjectReader(probe.AddChild(name, SchemaKind.ObjectMap, typeof(T))));
            return StringMap.Empty<T>();
        }
        return MapOf(name, $"a map, each value {form}", (entry, path) => Nested(entry, path, name, read, form));
    }

    internal void Report(DiagnosticCode code, string name, string message)
    {
        if (probe is null)
        {
            var index = Find(name);
            var path = index < 0 ? Path.Field(name) : Path.Field(node.Entries[index].Key);
            context!.Report(code, path, index < 0 ? node.Line : node.Entries[index].KeyLine, message);
        }
    }

    internal void ReportHere(DiagnosticCode code, string message) => context?.Report(code, Path, node.Line, message);

    internal void ReportMissing(string name) =>
        context?.Report(DiagnosticCodes.MissingField, Path.Field(name), node.Line, "is missing; it must be given");

    /// <summary>At most one of some fields may be written.</summary>
    internal void Exclusive(params ReadOnlySpan<string> names)
    {
        string? first = null;
        foreach (var name in names)
        {
            if (!Has(name))
            {
                continue;
            }
            if (first is not null)
            {
                Report(DiagnosticCodes.ConflictingFields, name, $"cannot be given together with {first}; remove one of them");
            }
            first ??= name;
        }
    }

    private T? Nested<T>(Node value, FieldPath path, string name, Func<ObjectReader, T> read, string form)
        where T : class
    {
        if (value is not MapNode map)
        {
            WrongType(value, path, form);
            return null;
        }
        return read(new ObjectReader(context!, path, map, this, name, strict));
    }

    private void Learn(string name, SchemaKind kind, double? min = null, double? max = null) =>
        probe?.Add(name, new(kind) { Range = (min, max) });

    private IEnumerable<(Node Item, FieldPath Path)> Items(string name, string form)
    {
        if (Take(name) is not { } entry)
        {
            yield break;
        }
        var path = Path.Field(name);
        if (entry.Value is not ListNode list)
        {
            WrongType(entry.Value, path, form);
            yield break;
        }
        for (var i = 0; i < list.Items.Count; i++)
        {
            yield return (list.Items[i], path.Index(i));
        }
    }

    private ImmutableSortedDictionary<string, T> MapOf<T>(string name, string form, Func<Node, FieldPath, T?> read)
        where T : class
    {
        if (Take(name) is not { } entry)
        {
            return StringMap.Empty<T>();
        }
        if (entry.Value is not MapNode map)
        {
            WrongType(entry.Value, Path.Field(name), form);
            return StringMap.Empty<T>();
        }
        var values = StringMap.Empty<T>().ToBuilder();
        foreach (var item in map.Entries)
        {
            if (read(item.Value, Path.Field(name).Key(item.Key)) is { } value)
            {
                values[item.Key] = value;
            }
        }
        return values.ToImmutable();
    }

    private void WrongType(Node value, FieldPath path, string form) =>
        context!.Report(DiagnosticCodes.WrongType, path, value.Line, $"is {value.Describe()}, must be {form}");

    // Marks the field as asked for. Empty values count as absent where Kubernetes prints them, and are errors where a user writes them:
    // an empty `uri:` must not come to match everything.
    private MapEntry? Take(string name)
    {
        var index = Find(name);
        if (index < 0)
        {
            return null;
        }
        var entry = node.Entries[index];
        var allowed = used[index];
        if (!allowed && entry.Key != name)
        {
            context!.Report(
                DiagnosticCodes.SnakeCaseField,
                Path.Field(entry.Key),
                entry.KeyLine,
                $"is understood; the usual spelling is {name}"
            );
        }
        used[index] = true;
        if (entry.Value is not ScalarNode { Kind: ScalarKind.Null })
        {
            return entry;
        }
        if (strict && !allowed)
        {
            context!.Report(DiagnosticCodes.EmptyValue, Path.Field(name), entry.KeyLine, "has no value; give it one or remove the field");
        }
        return null;
    }

    // protobuf's JSON also accepts the snake_case name of every field.
    private int Find(string name)
    {
        var index = node.IndexOf(name);
        for (var i = 0; index < 0 && i < node.Entries.Count; i++)
        {
            var key = node.Entries[i].Key;
            if (key.Contains('_') && !key.Any(char.IsAsciiLetterUpper) && NearestName.IsSame(key, name))
            {
                index = i;
            }
        }
        return index;
    }
}
