using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Files;
using Mesh.Injector.Reading;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Tests.Goldens;

/// <summary>
/// The inputs of one folder: <c>in.yaml</c>, a pod or a workload; <c>in.namespace.yaml</c>, the labels of its namespace (missing: nobody can be
/// asked); <c>in.settings.yaml</c>; <c>in.server.yaml</c>, whether the server knows native sidecars (missing: it does).
/// </summary>
internal sealed record GoldenCase(JsonObject Written, PodInjection Injection, string Namespace, IReadOnlyDictionary<string, string>? Labels)
{
    public string? Workload => PodTemplate.Of(Written)!.Workload;

    public JsonObject Pod => PodTemplate.Of(Written)!.Pod;

    public static GoldenCase Read(string folder)
    {
        var written = (JsonObject)Yaml(folder, "in.yaml")!;
        var labels = Yaml(folder, "in.namespace.yaml") as JsonObject;
        var (settings, problems) = SettingsReader.Read(
            File.Exists(Path.Combine(folder, "in.settings.yaml")) ? File.ReadAllText(Path.Combine(folder, "in.settings.yaml")) : ""
        );
        Assert.Empty(problems);
        return new(
            written,
            new(settings, Revisions.Default, Yaml(folder, "in.server.yaml") is not JsonObject server || (bool)server["native"]!),
            written["metadata"]?["namespace"]?.ToString() ?? "shop",
            labels?.ToDictionary(entry => entry.Key, entry => entry.Value!.ToString(), StringComparer.Ordinal)
        );
    }

    /// <param name="written">The whole object with the injected pod in it.</param>
    public InjectionOutcome Inject(out JsonObject written)
    {
        var outcome = Injection.Of(Pod, Namespace, Labels, Workload);
        written = (JsonObject)Written.DeepClone();
        var pod = PodTemplate.Of(written)!.Pod;
        foreach (var field in new[] { "metadata", "spec" })
        {
            pod[field] = outcome.Pod[field]?.DeepClone();
        }

        return outcome;
    }

    private static JsonNode? Yaml(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? YamlJson.Parse(File.ReadAllText(path)) : null;
    }
}
