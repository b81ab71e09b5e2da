using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.ApiServerDouble;

/// <summary>YAML documents as the JSON that kubectl makes of them; lists are taken apart.</summary>
public static class YamlObjects
{
    public static IEnumerable<JsonObject> Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Select(document => Convert(document.RootNode)).OfType<JsonObject>().SelectMany(Items);
    }

    private static IEnumerable<JsonObject> Items(JsonObject item) =>
        item["items"] is JsonArray items ? items.OfType<JsonObject>().Select(one => (JsonObject)one.DeepClone()) : [item];

    private static JsonNode? Convert(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Convert(child.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
            YamlScalarNode { Style: not ScalarStyle.Plain } text => text.Value,
            YamlScalarNode scalar => Scalar(scalar.Value ?? ""),
            _ => null,
        };

    private static JsonNode? Scalar(string text) =>
        text switch
        {
            "" or "~" or "null" => null,
            "true" => true,
            "false" => false,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ when text.All(c => char.IsAsciiDigit(c) || c is '.' or '-' or '+' or 'e' or 'E')
                    && text.Any(char.IsAsciiDigit)
                    && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
            _ => text,
        };
}
