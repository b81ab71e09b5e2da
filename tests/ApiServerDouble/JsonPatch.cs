using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>RFC 6902, as far as webhooks use it: add, remove, replace, test.</summary>
public static class JsonPatch
{
    /// <summary>What the operations make of a value, which stays as it is; one that does not fit it is an error.</summary>
    public static JsonObject Apply(JsonObject value, JsonArray operations)
    {
        var result = (JsonObject)value.DeepClone();
        foreach (var operation in operations.OfType<JsonObject>())
        {
            var path = ((string)operation["path"]!).Split('/')[1..];
            var parent = path[..^1].Aggregate((JsonNode?)result, Step);
            Change(parent, Unescape(path[^1]), (string)operation["op"]!, operation["value"]);
        }

        return result;
    }

    private static void Change(JsonNode? parent, string key, string op, JsonNode? value)
    {
        switch (parent, op)
        {
            case (JsonObject map, "add" or "replace") when op == "add" || map.ContainsKey(key):
                map[key] = value?.DeepClone();
                break;
            case (JsonObject map, "remove") when map.Remove(key):
                break;
            case (JsonArray list, "add"):
                list.Insert(key == "-" ? list.Count : Index(key), value?.DeepClone());
                break;
            case (JsonArray list, "replace"):
                list[Index(key)] = value?.DeepClone();
                break;
            case (JsonArray list, "remove"):
                list.RemoveAt(Index(key));
                break;
            case (_, "test") when JsonNode.DeepEquals(Step(parent, key), value):
                break;
            default:
                throw new ApiError(500, "InternalError", $"Internal error occurred: the patch cannot {op} {key}");
        }
    }

    private static JsonNode? Step(JsonNode? at, string key) => at is JsonArray list ? list[Index(key)] : at?[Unescape(key)];

    private static int Index(string key) => int.Parse(key, CultureInfo.InvariantCulture);

    private static string Unescape(string key) =>
        key.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
