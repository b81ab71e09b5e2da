using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.ControlPlane.Model;

/// <summary>Writes a JSON tree as block YAML with quotes only where they are needed.</summary>
internal static class YamlText
{
    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node, 0, afterDash: false);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node, int depth, bool afterDash)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                var first = afterDash;
                foreach (var (name, value) in map)
                {
                    Indent(text, first ? 0 : depth).Append(Scalar(name)).Append(':');
                    first = false;
                    AppendValue(text, value, depth + 1);
                }

                break;
            case JsonArray { Count: > 0 } list:
                foreach (var item in list)
                {
                    Indent(text, depth).Append("- ");
                    Append(text, item, depth + 1, afterDash: true);
                }

                break;
            default:
                text.Append(Leaf(node)).Append('\n');
                break;
        }
    }

    private static void AppendValue(StringBuilder text, JsonNode? value, int depth)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Append(text, value, depth, afterDash: false);
        }
        else
        {
            text.Append(' ').Append(Leaf(value)).Append('\n');
        }
    }

    private static string Leaf(JsonNode? node) =>
        node switch
        {
            null => "null",
            JsonObject => "{}",
            JsonArray => "[]",
            JsonValue value when value.GetValueKind() == JsonValueKind.String => Scalar(value.GetValue<string>()),
            _ => node.ToJsonString(),
        };

    // Plain text is what no reader could take for a number, a boolean, a comment or a structure.
    private static string Scalar(string value)
    {
        var plain =
            value.Length > 0
            && (char.IsAsciiLetter(value[0]) || value[0] == '/')
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ' ' or '=' or ',' or '(' or ')' or ':')
            && !value.Contains(": ", StringComparison.Ordinal)
            && value[^1] is not (':' or ' ')
            && value
                is not (
                    "true"
                    or "false"
                    or "null"
                    or "yes"
                    or "no"
                    or "on"
                    or "off"
                    or "True"
                    or "False"
                    or "Null"
                    or "Yes"
                    or "No"
                    or "On"
                    or "Off"
                );
        return plain ? value : JsonSerializer.Serialize(value, Quoted);
    }

    private static StringBuilder Indent(StringBuilder text, int depth) => text.Append(' ', depth * 2);
}
