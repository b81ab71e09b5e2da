using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Install;
using Mesh.Tests;

namespace Mesh.Cli.Tests.Install;

/// <summary>What <c>meshctl install</c> prints, read by programs that nobody here wrote.</summary>
public sealed class IndependentManifestTests
{
    private static string Root => Path.Combine(Peers.ProjectDirectory, "..", "..");

    [PeerTheory("node:@kubernetes/client-node")]
    [InlineData("demo")]
    [InlineData("production")]
    public async Task Every_object_has_only_fields_that_the_API_has_and_can_be_created(string overlay)
    {
        await using var api = await ApiServer.StartAsync();
        var manifests = ManifestSet.Load(overlay, "default", null, null);

        var answers = await NodePeer.RunAsync("manifests.mjs", manifests.Select(manifest => manifest.Value), api.Address.ToString());

        Assert.Equal(manifests.Length, answers.Count);
        foreach (var (manifest, answer) in manifests.Zip(answers))
        {
            AssertSame(manifest.Value, answer["decoded"], $"{manifest} decoded");
            Assert.Equal(manifest.Kind, (string?)answer["applied"]!["kind"]);
            Assert.Equal(manifest.Name, (string?)answer["applied"]!["name"]);
        }
    }

    [PeerFact("node:ajv")]
    public async Task Every_example_is_as_the_definitions_say()
    {
        var objects = Examples().ToList();
        Assert.True(objects.Count > 20, $"only {objects.Count} examples were found");
        Assert.Empty(await ProblemsAsync(objects));
        // Each kind has an example.
        Assert.Empty(Schemas().Select(schema => schema.Key.Split('/')[^1]).Distinct().Except(objects.Select(one => (string)one["kind"]!)));
    }

    [PeerTheory("node:ajv")]
    [InlineData("networking.istio.io/v1", "VirtualService", """{"hosts": "web"}""", "/spec/hosts must be array")]
    [InlineData("networking.istio.io/v1alpha3", "VirtualService", """{"http": [{"route": {}}]}""", "/spec/http/0/route must be array")]
    [InlineData("security.istio.io/v1beta1", "PeerAuthentication", """{"mtls": {"mode": "LOOSE"}}""", "must be equal to one of")]
    [InlineData("networking.istio.io/v1beta1", "DestinationRule", """{"host": 5}""", "/spec/host must be string")]
    public async Task What_is_wrong_is_seen(string apiVersion, string kind, string spec, string problem)
    {
        var wrong = new JsonObject
        {
            ["apiVersion"] = apiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = "wrong" },
            ["spec"] = JsonNode.Parse(spec),
        };
        Assert.Contains(problem, Assert.Single(await ProblemsAsync([wrong])), StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync(IReadOnlyList<JsonObject> objects)
    {
        var question = new JsonObject
        {
            ["schemas"] = new JsonObject(Schemas().Select(schema => KeyValuePair.Create(schema.Key, (JsonNode?)schema.Value))),
            ["objects"] = new JsonArray([
                .. objects.Select(one => new JsonObject { ["schema"] = $"{one["apiVersion"]}/{one["kind"]}", ["value"] = one.DeepClone() }),
            ]),
        };
        var answer = (JsonArray)Assert.Single(await NodePeer.RunAsync("schemas.mjs", [question]));
        return
        [
            .. objects
                .Zip(answer)
                .SelectMany(pair =>
                    ((JsonArray)pair.Second!).Select(problem => $"{pair.First["kind"]} {pair.First["metadata"]?["name"]}: {problem}")
                ),
        ];
    }

    /// <summary>By <c>group/version/Kind</c>.</summary>
    private static Dictionary<string, JsonNode> Schemas() =>
        ManifestSet
            .Load("demo", "default", null, null)
            .Where(manifest => manifest.IsDefinition)
            .Select(manifest => manifest.Value["spec"]!)
            .SelectMany(spec =>
                ((JsonArray)spec["versions"]!).Select(version =>
                    (
                        Key: $"{spec["group"]}/{version!["name"]}/{spec["names"]!["kind"]}",
                        Schema: version["schema"]!["openAPIV3Schema"]!.DeepClone()
                    )
                )
            )
            .ToDictionary(schema => schema.Key, schema => schema.Schema);

    /// <summary>Objects of the mesh's kinds: the examples, what the README shows, and every field that the readers know.</summary>
    private static IEnumerable<JsonObject> Examples()
    {
        var files = Directory
            .GetFiles(Path.Combine(Root, "examples"), "*.yaml", SearchOption.AllDirectories)
            .Concat(
                Directory
                    .GetDirectories(Path.Combine(Root, "tests", "Config.Tests", "testdata"), "every-field-of-*")
                    .Select(folder => Path.Combine(folder, "in.yaml"))
            );
        return files
            .Select(File.ReadAllText)
            .Concat(Shown())
            .SelectMany(YamlObjects.Read)
            .Where(one => ((string?)one["apiVersion"])?.Contains("istio.io/", StringComparison.Ordinal) == true);
    }

    /// <summary>The README's YAML; what is only a part of a DestinationRule becomes one.</summary>
    private static IEnumerable<string> Shown() =>
        File.ReadAllText(Path.Combine(Root, "README.md"))
            .Split("```yaml\n")
            .Skip(1)
            .Select(text => text.Split("```")[0])
            .Select(text =>
                text.Contains("kind:", StringComparison.Ordinal)
                    ? text
                    : $"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nspec: {{host: shown}}\n{text}"
            );

    private static void AssertSame(JsonNode? expected, JsonNode? actual, string what) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{what}\n{expected?.ToJsonString()}\n{actual?.ToJsonString()}");
}
