using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Injector.Files;

/// <summary>JSON as YAML that any YAML reader turns into the same JSON: texts that look like something else are quoted.</summary>
internal static class YamlText
{
    public static string Of(JsonNode? value)
    {
        using var text = new StringWriter { NewLine = "\n" };
        // No line is folded: a command line that is cut in two is hard to read and to search.
        var emitter = new Emitter(text, new EmitterSettings(2, int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Write(emitter, value);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Write(Emitter emitter, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                var style = map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block;
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, style));
                foreach (var (name, item) in map)
                {
                    emitter.Emit(Text(name));
                    Write(emitter, item);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                var kind = list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block;
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, kind));
                foreach (var item in list)
                {
                    Write(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case null:
                emitter.Emit(new Scalar("null"));
                break;
            default:
                emitter.Emit(
                    value.GetValueKind() == JsonValueKind.String ? Text(value.GetValue<string>()) : new Scalar(value.ToJsonString())
                );
                break;
        }
    }

    private static Scalar Text(string text)
    {
        // "y" and "n" are booleans to YAML 1.1 readers; ours keep them.
        var plain =
            ScalarNode.KindOfPlain(text) == ScalarKind.Text && text is not ("y" or "n" or "Y" or "N" or "<<" or "=") && !LooksNumeric(text);
        var style =
            text.Contains('\n', StringComparison.Ordinal) && !text.Any(c => char.IsControl(c) && c != '\n') ? ScalarStyle.Literal
            : plain ? ScalarStyle.Any
            : ScalarStyle.DoubleQuoted;
        return new(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: plain, isQuotedImplicit: true);
    }

    // Other readers know more kinds of numbers: 1_000, 0o17, 12:30:45, 2001-01-01.
    private static bool LooksNumeric(string text) =>
        text.Length > 0
        && (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')
        && text.All(c => char.IsAsciiHexDigit(c) || "_:-+.oxTZ ".Contains(c));
}
