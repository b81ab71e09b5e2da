using System.Text;
using System.Text.Json;

namespace Mesh.Config.Reading;

/// <summary>Turns JSON into trees of <see cref="Node"/>; several values in a row are several documents, as kubectl accepts them.</summary>
internal static class JsonTreeReader
{
    /// <summary>Roots of the text; throws <see cref="DocumentException"/> for anything that is not JSON within the limits.</summary>
    internal static List<Node> Read(string text, int firstLine)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var options = new JsonReaderOptions
        {
            MaxDepth = ObjectParser.MaxDepth,
            AllowMultipleValues = true,
            CommentHandling = JsonCommentHandling.Disallow,
        };
        var reader = new Utf8JsonReader(bytes, options);
        var lines = new LineCounter(bytes, firstLine);
        var roots = new List<Node>();
        try
        {
            while (reader.Read())
            {
                roots.Add(ReadNode(ref reader, lines));
            }
        }
        catch (JsonException e)
        {
            var code = reader.CurrentDepth >= ObjectParser.MaxDepth ? DiagnosticCodes.TooDeep : DiagnosticCodes.MalformedJson;
            throw new DocumentException(code, firstLine + (int)(e.LineNumber ?? 0), $"is not JSON: {Reason(e)}");
        }
        catch (InvalidOperationException e)
        {
            // GetString refuses escapes that are half of a surrogate pair.
            throw new DocumentException(DiagnosticCodes.MalformedJson, lines.At(reader.TokenStartIndex), $"is not JSON: {e.Message}");
        }
        return roots;
    }

    // The library adds its own coordinates and advice for programmers.
    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var message = end < 0 ? e.Message : e.Message[..end];
        return message.Replace(" Change the reader options.", "", StringComparison.Ordinal);
    }

    private static Node ReadNode(ref Utf8JsonReader reader, LineCounter lines)
    {
        var line = lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new MapNode(line);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var keyLine = lines.At(reader.TokenStartIndex);
                    var key = reader.GetString()!;
                    reader.Read();
                    map.Add(new MapEntry(key, keyLine, ReadNode(ref reader, lines)));
                }
                return map;
            case JsonTokenType.StartArray:
                var items = new List<Node>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadNode(ref reader, lines));
                }
                return new ListNode(line, items);
            case JsonTokenType.Number:
                return new ScalarNode(line, Encoding.UTF8.GetString(reader.ValueSpan), ScalarKind.Number);
            case JsonTokenType.True or JsonTokenType.False:
                return new ScalarNode(line, reader.GetBoolean() ? "true" : "false", ScalarKind.Boolean);
            case JsonTokenType.Null:
                return new ScalarNode(line, "", ScalarKind.Null);
            default:
                return new ScalarNode(line, reader.GetString()!, ScalarKind.Text);
        }
    }

    /// <summary>Lines of byte positions that only grow.</summary>
    private sealed class LineCounter(byte[] bytes, int firstLine)
    {
        private int counted;
        private int line = firstLine;

        internal int At(long position)
        {
            line += bytes.AsSpan(counted, (int)position - counted).Count((byte)'\n');
            counted = (int)position;
            return line;
        }
    }
}
