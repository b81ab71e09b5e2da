using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>The volumes that the sidecar mounts, from a <see cref="PodPlan"/>.</summary>
internal static class PodVolumes
{
    // Istio's; renewed by the kubelet when four fifths of it are over.
    private const int TokenSeconds = 43200;

    public static IEnumerable<JsonObject> Of(PodPlan plan)
    {
        yield return new() { ["name"] = Names.DataVolume, ["emptyDir"] = new JsonObject() };
        yield return new()
        {
            ["name"] = Names.PodInfoVolume,
            ["downwardAPI"] = new JsonObject { ["items"] = new JsonArray(Item("labels"), Item("annotations")) },
        };
        yield return new()
        {
            ["name"] = Names.TokenVolume,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject
                    {
                        ["serviceAccountToken"] = new JsonObject
                        {
                            ["audience"] = plan.Settings.TokenAudience,
                            ["expirationSeconds"] = TokenSeconds,
                            ["path"] = "istio-token",
                        },
                    }
                ),
            },
        };
        yield return new()
        {
            ["name"] = Names.RootVolume,
            ["configMap"] = new JsonObject { ["name"] = Names.RootConfigMap },
        };
        foreach (var volume in plan.Pod.Volumes)
        {
            yield return (JsonObject)volume.DeepClone();
        }
    }

    private static JsonObject Item(string field) =>
        new()
        {
            ["path"] = field,
            ["fieldRef"] = new JsonObject { ["fieldPath"] = $"metadata.{field}" },
        };
}
