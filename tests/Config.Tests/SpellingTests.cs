using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Config.Reading;

namespace Mesh.Config.Tests;

/// <summary>The same configuration written in another way means the same.</summary>
public sealed partial class SpellingTests
{
    private static IEnumerable<string> SoundInputs =>
        GoldenTests
            .Inputs()
            .Where(path => path.EndsWith(".yaml", StringComparison.Ordinal))
            .Where(path => !ObjectParser.Parse("a.yaml", File.ReadAllBytes(path)).HasUnreadable);

    [Fact]
    public void Yaml_and_json_say_the_same()
    {
        // What is written twice is gone from the tree.
        foreach (var path in SoundInputs.Where(path => !path.Contains("keys-written-twice", StringComparison.Ordinal)))
        {
            var documents = DocumentSplitter
                .Split(File.ReadAllText(path))
                .SelectMany(part => YamlTreeReader.Read(part.Text, part.FirstLine));
            var json = string.Join("\n", documents.Select(root => ToJson(root, name => name)?.ToJsonString()));

            Assert.Equal(Meaning(ObjectParser.Parse("a.yaml", File.ReadAllText(path))), Meaning(ObjectParser.Parse("a.json", json)));
        }
    }

    [Fact]
    public void Every_field_is_also_understood_in_snake_case_with_a_warning()
    {
        foreach (var path in SoundInputs.Where(path => path.Contains("every-field", StringComparison.Ordinal)))
        {
            var documents = DocumentSplitter
                .Split(File.ReadAllText(path))
                .SelectMany(part => YamlTreeReader.Read(part.Text, part.FirstLine));
            var json = string.Join("\n", documents.Select(root => ToJson(root, ToSnakeCase)?.ToJsonString()));

            var result = ObjectParser.Parse("a.json", json);

            Assert.Equal(
                string.Concat(ObjectParser.Parse("a.yaml", File.ReadAllText(path)).Objects.Select(Meaning)),
                string.Concat(result.Objects.Select(Meaning))
            );
            Assert.Contains(result.Diagnostics, diagnostic => diagnostic.Code == "SnakeCaseField");
            Assert.All(result.Diagnostics, diagnostic => Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Severity));
        }
    }

    private static string Meaning(ParseResult result) =>
        string.Concat(result.Objects.Select(Meaning))
        + string.Join("\n", result.Diagnostics.Select(d => $"{d.Object} {d.Path} {d.Message} {d.Code}").Order());

    // without lines
    private static string Meaning(ConfigObject subject) => LinePattern().Replace(SpecDump.Write(subject), "");

    private static string ToSnakeCase(string name) =>
        name is "apiVersion" || !name.All(char.IsAsciiLetterOrDigit) || char.IsUpper(name[0])
            ? name
            : CapitalPattern().Replace(name, match => "_" + match.Value.ToLowerInvariant());

    private static JsonNode? ToJson(Node node, Func<string, string> rename)
    {
        switch (node)
        {
            case MapNode map:
                return new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(rename(entry.Key), ToJson(entry.Value, rename))));
            case ListNode list:
                return new JsonArray([.. list.Items.Select(item => ToJson(item, rename))]);
            case ScalarNode { Kind: ScalarKind.Null }:
                return null;
            case ScalarNode { Kind: ScalarKind.Boolean } scalar:
                return JsonValue.Create(scalar.IsTrue);
            case ScalarNode { Kind: ScalarKind.Number } scalar when !scalar.Text.StartsWith("0x", StringComparison.Ordinal):
                return JsonNode.Parse(Encoding.UTF8.GetBytes(scalar.Text));
            default:
                return JsonValue.Create(((ScalarNode)node).Text);
        }
    }

    [GeneratedRegex(@"line \d+|^ *@\d+\n", RegexOptions.Multiline)]
    private static partial Regex LinePattern();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex CapitalPattern();
}
