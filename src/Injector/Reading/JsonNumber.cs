using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Reading;

/// <summary>Whole numbers of JSON, however the node holds them: parsed text and values made here differ in what they convert to.</summary>
internal static class JsonNumber
{
    /// <summary>Null where it is none, or none of 32 bits.</summary>
    public static int? Whole(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && int.TryParse(node.ToJsonString(), out var number) ? number : null;
}
