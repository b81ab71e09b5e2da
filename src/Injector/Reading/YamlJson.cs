using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Config.Reading;

namespace Mesh.Injector.Reading;

/// <summary>YAML as the JSON that the API server would make of it, within the limits of depth and aliases that all users' text has.</summary>
internal static class YamlJson
{
    /// <summary>The value of one document; null for an empty one.</summary>
    /// <param name="firstLine">Number of the text's first line in its file.</param>
    /// <exception cref="FormatException">It is no YAML, or more than one document; the message says where.</exception>
    public static JsonNode? Parse(string text, int firstLine = 1)
    {
        try
        {
            var roots = YamlTreeReader.Read(text, firstLine);
            return roots.Count switch
            {
                0 => null,
                1 => Of(roots[0]),
                _ => throw new FormatException("has several YAML documents; write one"),
            };
        }
        catch (DocumentException e)
        {
            throw new FormatException($"line {e.Line}: {e.Message}", e);
        }
    }

    private static JsonNode? Of(Node node)
    {
        switch (node)
        {
            case MapNode map:
                if (map.Duplicates.Count > 0)
                {
                    var twice = map.Duplicates[0];
                    throw new FormatException($"line {twice.KeyLine}: \"{twice.Key}\" is written twice");
                }

                var value = new JsonObject();
                foreach (var entry in map.Entries)
                {
                    value[entry.Key] = Of(entry.Value);
                }

                return value;
            case ListNode list:
                return new JsonArray([.. list.Items.Select(Of)]);
            default:
                return Scalar((ScalarNode)node);
        }
    }

    private static JsonValue? Scalar(ScalarNode scalar) =>
        scalar.Kind switch
        {
            ScalarKind.Null => null,
            ScalarKind.Boolean => JsonValue.Create(scalar.IsTrue),
            ScalarKind.Number => Number(scalar),
            _ => JsonValue.Create(scalar.Text),
        };

    private static JsonValue Number(ScalarNode scalar)
    {
        var text = scalar.Text;
        // YAML 1.1, as kubectl reads it: 0644 is octal, which file modes are written in.
        if (text.Length > 1 && text[0] == '0' && text.All(c => c is >= '0' and <= '7'))
        {
            return JsonValue.Create(Convert.ToInt64(text, 8));
        }

        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            return JsonValue.Create(long.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return JsonValue.Create(whole);
        }

        return scalar.TryNumber(out var value)
            ? JsonValue.Create(value)
            : throw new FormatException($"line {scalar.Line}: the number {ScalarNode.Shorten(text)} is too large");
    }
}
