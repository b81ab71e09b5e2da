using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>One operation of a JSON Patch (RFC 6902).</summary>
/// <param name="Op"><c>add</c>, <c>replace</c> or <c>remove</c>.</param>
/// <param name="Path">JSON Pointer.</param>
/// <param name="Value">Null for <c>remove</c>.</param>
internal sealed record PatchOperation(string Op, string Path, JsonNode? Value)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["op"] = Op, ["path"] = Path };
        if (Op != "remove")
        {
            json["value"] = Value?.DeepClone();
        }

        return json;
    }
}
