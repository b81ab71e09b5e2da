using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Deciding;

/// <summary>What deciding needs of a pod, and whether it has a pod's shape at all.</summary>
internal sealed record PodFacts
{
    private static readonly string[] Lists = ["containers", "initContainers", "volumes", "imagePullSecrets"];

    public required bool HostNetwork { get; init; }

    /// <summary>Whether it can only run on Windows.</summary>
    public required bool IsWindows { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>What <c>sidecar.istio.io/inject</c> says: the label before the annotation; null for nothing.</summary>
    public required bool? Inject { get; init; }

    /// <summary>Reads what has passed through an API server or a user's file; problems mean that it cannot be injected.</summary>
    public static PodFacts Of(JsonObject pod, List<InjectionProblem> problems)
    {
        var metadata = Part(pod, "metadata", problems);
        var spec = Part(pod, "spec", problems);
        var labels = Texts(metadata, "labels", problems);
        var annotations = Texts(metadata, "annotations", problems);
        foreach (var list in Lists)
        {
            CheckList(spec, list, problems);
        }

        return new()
        {
            HostNetwork = spec?["hostNetwork"]?.GetValueKind() == JsonValueKind.True,
            IsWindows = Says(spec?["os"], "name") || Says(spec?["nodeSelector"], "kubernetes.io/os"),
            Labels = labels,
            Annotations = annotations,
            Inject = InjectOf(labels, annotations, problems),
        };
    }

    private static bool? InjectOf(
        ImmutableSortedDictionary<string, string> labels,
        ImmutableSortedDictionary<string, string> annotations,
        List<InjectionProblem> problems
    )
    {
        var where = "labels";
        if (!labels.TryGetValue(MeshLabels.Inject, out var text))
        {
            where = "annotations";
            annotations.TryGetValue(MeshLabels.Inject, out text);
        }

        switch (text)
        {
            case "true":
                return true;
            case "false":
                return false;
            case null or "":
                return null;
            default:
                problems.Add(new($"metadata.{where}[{MeshLabels.Inject}]", $"\"{Shown.Short(text)}\" is neither \"true\" nor \"false\""));
                return null;
        }
    }

    private static bool Says(JsonNode? of, string name) =>
        (of as JsonObject)?[name] is JsonValue value
        && value.GetValueKind() == JsonValueKind.String
        && value.GetValue<string>() == "windows";

    private static JsonObject? Part(JsonObject pod, string name, List<InjectionProblem> problems)
    {
        if (pod[name] is null or JsonObject)
        {
            return pod[name] as JsonObject;
        }

        problems.Add(new(name, "is not an object"));
        return null;
    }

    private static ImmutableSortedDictionary<string, string> Texts(JsonObject? metadata, string name, List<InjectionProblem> problems)
    {
        switch (metadata?[name])
        {
            case null:
                return Settings.Amounts.None;
            case JsonObject map when map.All(entry => entry.Value?.GetValueKind() == JsonValueKind.String):
                return map.ToImmutableSortedDictionary(e => e.Key, e => e.Value!.GetValue<string>(), StringComparer.Ordinal);
            default:
                problems.Add(new($"metadata.{name}", "is not an object of texts; put numbers and booleans in quotes"));
                return Settings.Amounts.None;
        }
    }

    private static void CheckList(JsonObject? spec, string name, List<InjectionProblem> problems)
    {
        switch (spec?[name])
        {
            case null:
                return;
            case JsonArray list:
                for (var index = 0; index < list.Count; index++)
                {
                    if (list[index] is not JsonObject item || item["name"]?.GetValueKind() != JsonValueKind.String)
                    {
                        problems.Add(new($"spec.{name}[{index}]", "is not an object with a name"));
                    }
                }

                return;
            default:
                problems.Add(new($"spec.{name}", "is not a list"));
                return;
        }
    }
}
