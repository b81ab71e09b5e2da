using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>Server-side apply: what a manager applied before and applies no more is removed, the rest is merged. Lists are one value.</summary>
internal sealed class AppliedFields
{
    private readonly ConcurrentDictionary<(string Uid, string Manager), JsonObject> _last = new();

    /// <param name="old">As it stands; it is changed.</param>
    public JsonObject Merge(JsonObject old, JsonObject patch, string manager)
    {
        if (_last.TryGetValue((UidOf(old), manager), out var last))
        {
            Remove(old, last, patch);
        }

        return (JsonObject)MergePatch.Apply(old, patch)!;
    }

    /// <summary>For the next time.</summary>
    public void Keep(JsonObject stored, JsonObject patch, string manager) =>
        _last[(UidOf(stored), manager)] = (JsonObject)patch.DeepClone();

    private static void Remove(JsonObject from, JsonObject last, JsonObject patch)
    {
        foreach (var (field, value) in last)
        {
            if (!patch.ContainsKey(field))
            {
                from.Remove(field);
            }
            else if (from[field] is JsonObject inner && value is JsonObject before && patch[field] is JsonObject now)
            {
                Remove(inner, before, now);
            }
        }
    }

    private static string UidOf(JsonObject stored) => (string)stored["metadata"]!["uid"]!;
}
