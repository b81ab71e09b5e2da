using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>One operation of a JSON Patch (RFC 6902).</summary>
/// <param name="Op"><c>add</c>, <c>replace</c> or <c>remove</c>.</param>
/// <param name="Path">JSON Pointer.</param>
/// <param name="Value">Null for <c>remove</c>.</param>
internal sealed record PatchOperation(string Op, string Path, JsonNode? Value)
{
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("op"u8, Op);
        json.WriteString("path"u8, Path);
        if (Op != "remove")
        {
            json.WritePropertyName("value"u8);
            if (Value is null)
            {
                json.WriteNullValue();
            }
            else
            {
                Value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }
}
