using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>
/// Changes a copy of an object and writes down each change as an operation. What already is as it should be makes no operation, so that doing
/// the same again gives an empty patch.
/// </summary>
internal sealed class PatchBuilder(JsonObject original)
{
    private readonly ImmutableArray<PatchOperation>.Builder _operations = ImmutableArray.CreateBuilder<PatchOperation>();

    /// <summary>The object with all changes so far; to be changed through this builder only.</summary>
    public JsonObject Result { get; } = (JsonObject)original.DeepClone();

    public ImmutableArray<PatchOperation> Operations => _operations.ToImmutable();

    /// <summary>Sets a field; objects on the way to it are made.</summary>
    public void Set(JsonNode value, params ReadOnlySpan<string> path)
    {
        var parent = Parent(path);
        var name = path[^1];
        var before = parent[name];
        if (JsonNode.DeepEquals(before, value))
        {
            return;
        }

        parent[name] = value;
        Write(before is null ? "add" : "replace", path, value);
    }

    /// <summary>Sets a field unless it is there.</summary>
    public void SetMissing(JsonNode value, params ReadOnlySpan<string> path)
    {
        if (Find(path) is null)
        {
            Set(value, path);
        }
    }

    public void Remove(params ReadOnlySpan<string> path)
    {
        if (Find(path[..^1]) is JsonObject parent && parent.Remove(path[^1]))
        {
            Write("remove", path, null);
        }
    }

    /// <summary>Puts an item of a list at a place, replacing the one of the same name wherever it is.</summary>
    /// <param name="place">Negative for the end.</param>
    public void PutNamed(JsonObject item, int place, params ReadOnlySpan<string> path)
    {
        var list = List(path);
        var name = (string)item["name"]!;
        var at = IndexOf(list, name);
        var wanted = place < 0 ? list.Count - (at < 0 ? 0 : 1) : place;
        if (at == wanted)
        {
            if (!JsonNode.DeepEquals(list[at], item))
            {
                list[at] = item;
                Write("replace", [.. path, $"{at}"], item);
            }

            return;
        }

        if (at >= 0)
        {
            list.RemoveAt(at);
            Write("remove", [.. path, $"{at}"], null);
        }

        list.Insert(wanted, item);
        Write("add", [.. path, wanted == list.Count - 1 ? "-" : $"{wanted}"], item);
    }

    /// <summary>Adds an item at the end of a list unless one of its name is there.</summary>
    public void AddNamed(JsonObject item, params ReadOnlySpan<string> path)
    {
        if (IndexOf(Find(path) as JsonArray, (string)item["name"]!) < 0)
        {
            PutNamed(item, -1, path);
        }
    }

    /// <summary>Takes an item out of a list; null where none has that name.</summary>
    public JsonObject? TakeNamed(string name, params ReadOnlySpan<string> path)
    {
        if (Find(path) is not JsonArray list || IndexOf(list, name) is var at && at < 0)
        {
            return null;
        }

        var item = (JsonObject)list[at]!;
        list.RemoveAt(at);
        Write("remove", [.. path, $"{at}"], null);
        return item;
    }

    /// <summary>The item of that name, or null.</summary>
    public JsonObject? FindNamed(string name, params ReadOnlySpan<string> path) =>
        Find(path) is JsonArray list && IndexOf(list, name) is >= 0 and var at ? (JsonObject)list[at]! : null;

    public JsonNode? Find(params ReadOnlySpan<string> path)
    {
        JsonNode? node = Result;
        foreach (var step in path)
        {
            node = node switch
            {
                JsonObject map => map[step],
                JsonArray list => list[int.Parse(step)],
                _ => null,
            };
        }

        return node;
    }

    private JsonObject Parent(ReadOnlySpan<string> path)
    {
        JsonNode node = Result;
        for (var depth = 0; depth < path.Length - 1; depth++)
        {
            if (node is JsonArray list)
            {
                node = list[int.Parse(path[depth])]!;
                continue;
            }

            var map = (JsonObject)node;
            if (map[path[depth]] is not { } next)
            {
                next = new JsonObject();
                map[path[depth]] = next;
                Write("add", path[..(depth + 1)], new JsonObject());
            }

            node = next;
        }

        return (JsonObject)node;
    }

    private JsonArray List(ReadOnlySpan<string> path)
    {
        if (Find(path) is not JsonArray list)
        {
            list = [];
            Set(list, path);
        }

        return list;
    }

    private static int IndexOf(JsonArray? list, string name)
    {
        for (var index = 0; index < list?.Count; index++)
        {
            if ((string?)list[index]!["name"] == name)
            {
                return index;
            }
        }

        return -1;
    }

    // The value is copied: the object goes on changing, the operation must not.
    private void Write(string op, ReadOnlySpan<string> path, JsonNode? value)
    {
        var pointer = string.Concat(path.ToArray().Select(step => "/" + step.Replace("~", "~0").Replace("/", "~1")));
        _operations.Add(new(op, pointer, value?.DeepClone()));
    }
}
