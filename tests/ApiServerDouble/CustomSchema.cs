using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>Holds custom objects to the schema of their definition, where one was applied, in the words of the API server.</summary>
internal static class CustomSchema
{
    /// <exception cref="ApiError">422, with every field that is wrong.</exception>
    public static void Check(ObjectStore store, ServedKind kind, string name, JsonObject value)
    {
        if (kind.IsBuiltIn || store.Find(ServedKind.Definitions, null, $"{kind.Plural}.{kind.Group}") is not { } definition)
        {
            return;
        }

        var schema = ((JsonArray)definition["spec"]!["versions"]!).First(version => (string?)version!["name"] == kind.Version)!["schema"]!;
        var problems = Problems(schema["openAPIV3Schema"]!, value, "").ToList();
        if (problems.Count > 0)
        {
            var all = problems.Count == 1 ? problems[0] : $"[{string.Join(", ", problems)}]";
            throw new ApiError(422, "Invalid", $"{kind.Kind}.{kind.Group} \"{name}\" is invalid: {all}");
        }
    }

    private static IEnumerable<string> Problems(JsonNode schema, JsonNode? value, string path)
    {
        if ((string?)schema["type"] is { } type && !IsOf(type, value))
        {
            return [$"{path}: Invalid value: \"{TypeOf(value)}\": {path} in body must be of type {type}: \"{TypeOf(value)}\""];
        }

        return value switch
        {
            JsonObject map => map.SelectMany(field =>
                (schema["properties"]?[field.Key] ?? schema["additionalProperties"]) is JsonObject inner
                    ? Problems(inner, field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")
                    : []
            ),
            JsonArray list when schema["items"] is { } inner => list.SelectMany((item, i) => Problems(inner, item, $"{path}[{i}]")),
            _ => Problems(schema, value, path, schema["enum"] as JsonArray),
        };
    }

    private static IEnumerable<string> Problems(JsonNode schema, JsonNode? value, string path, JsonArray? allowed)
    {
        if (allowed is not null && !allowed.Any(one => JsonNode.DeepEquals(one, value)))
        {
            yield return $"{path}: Unsupported value: {value?.ToJsonString()}: supported values: {string.Join(", ", allowed.Select(one => one!.ToJsonString()))}";
        }

        if (schema["minimum"] is { } least && Number(value) < Number(least))
        {
            yield return $"{path}: Invalid value: {value!.ToJsonString()}: {path} in body should be greater than or equal to {least.ToJsonString()}";
        }

        if (schema["maximum"] is { } most && Number(value) > Number(most))
        {
            yield return $"{path}: Invalid value: {value!.ToJsonString()}: {path} in body should be less than or equal to {most.ToJsonString()}";
        }
    }

    private static bool IsOf(string type, JsonNode? value) =>
        TypeOf(value) is var found && (found == type || (type == "number" && found == "integer"));

    private static string TypeOf(JsonNode? value) =>
        value?.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Number => decimal.IsInteger(Number(value)!.Value) ? "integer" : "number",
            _ => "null",
        };

    private static decimal? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number
            ? decimal.Parse(
                value.ToJsonString(),
                System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture
            )
            : null;
}
