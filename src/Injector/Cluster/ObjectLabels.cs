using System.Text.Json;

namespace Mesh.Injector.Cluster;

/// <summary>Labels of an object of the API server.</summary>
internal static class ObjectLabels
{
    public static IReadOnlyDictionary<string, string> Of(JsonElement value) => Of(value, "labels");

    /// <param name="map"><c>labels</c> or <c>annotations</c>.</param>
    public static IReadOnlyDictionary<string, string> Of(JsonElement value, string map) =>
        value.TryGetProperty("metadata", out var metadata)
        && metadata.TryGetProperty(map, out var entries)
        && entries.ValueKind == JsonValueKind.Object
            ? entries.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString() ?? "", StringComparer.Ordinal)
            : new Dictionary<string, string>(StringComparer.Ordinal);
}
