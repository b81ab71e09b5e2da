using System.Text;
using System.Text.Json.Nodes;
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

    /// <summary>The pod after the response's patch, applied here by the few rules of RFC 6902 that patches of the injector need.</summary>
    public static JsonObject Patched(JsonObject pod, JsonObject response)
    {
        Assert.True((bool)response["allowed"]!, response.ToJsonString());
        var result = (JsonObject)pod.DeepClone();
        foreach (var operation in Patch(response))
        {
            Apply(result, operation!);
        }

        return result;
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

    private static void Apply(JsonObject root, JsonNode operation)
    {
        var path = ((string)operation["path"]!).Split('/')[1..].Select(step => step.Replace("~1", "/").Replace("~0", "~")).ToArray();
        JsonNode target = root;
        foreach (var step in path[..^1])
        {
            target = target is JsonArray list ? list[int.Parse(step)]! : target[step]!;
        }

        var value = operation["value"]?.DeepClone();
        switch ((string)operation["op"]!, target)
        {
            case ("add", JsonArray list):
                list.Insert(path[^1] == "-" ? list.Count : int.Parse(path[^1]), value);
                break;
            case ("replace", JsonArray list):
                list[int.Parse(path[^1])] = value;
                break;
            case ("remove", JsonArray list):
                list.RemoveAt(int.Parse(path[^1]));
                break;
            case ("remove", JsonObject map):
                Assert.True(map.Remove(path[^1]));
                break;
            default:
                target[path[^1]] = value;
                break;
        }
    }
}
