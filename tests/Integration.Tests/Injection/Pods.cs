using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Injector.Patching;
using Mesh.Injector.Reading;

namespace Mesh.Integration.Tests.Injection;

/// <summary>Pods as users write them, and what a patch makes of them.</summary>
internal static class Pods
{
    public static JsonObject Plain(string name = "web", string metadata = "", string spec = "", string container = "") =>
        Yaml(
            $"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {name}
            {Indented(metadata, 2)}
            spec:
            {Indented(spec, 2)}
              containers:
                - name: web
                  image: registry.example/web:1
            {Indented(container, 6)}
            """
        );

    public static JsonObject Yaml(string text) => (JsonObject)YamlJson.Parse(text)!;

    /// <summary>The operations of a response; none where it has no patch.</summary>
    public static JsonArray Patch(JsonObject response) =>
        response["patch"] is { } patch ? (JsonArray)JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String((string)patch!)))! : [];

    /// <summary>The pod after the response's patch, as an API server would store it.</summary>
    public static JsonObject Patched(JsonObject pod, JsonObject response)
    {
        Assert.True((bool)response["allowed"]!, response.ToJsonString());
        return JsonPatch.Apply(pod, Patch(response));
    }

    public static JsonObject Container(JsonObject pod, string list, string name) =>
        (JsonObject)((JsonArray)pod["spec"]![list]!).Single(container => (string)container!["name"]! == name)!;

    public static string[] NamesOf(JsonObject pod, string list) =>
        pod["spec"]![list] is JsonArray containers ? [.. containers.Select(container => (string)container!["name"]!)] : [];

    public static string[] Arguments(JsonObject container) => [.. ((JsonArray)container["args"]!).Select(argument => (string)argument!)];

    public static string? Variable(JsonObject container, string name) =>
        (string?)((JsonArray)container["env"]!).SingleOrDefault(entry => (string)entry!["name"]! == name)?["value"];

    public static string ProbersVariable => Names.ProbersVariable;

    private static string Indented(string text, int columns) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new string(' ', columns) + line));
}
