using System.Text.Json.Nodes;

namespace Mesh.Injector.Files;

/// <summary>The pod that an object describes: itself, or the template of a workload.</summary>
/// <param name="Pod">Metadata and spec, part of the object.</param>
/// <param name="Workload">The object's name where it is a workload; null for a pod.</param>
internal sealed record PodTemplate(JsonObject Pod, string? Workload)
{
    /// <summary>Null where the object makes no pods, or is of a kind that nobody here knows.</summary>
    /// <param name="kind">Of an object that does not say it, as in lists of one kind.</param>
    public static PodTemplate? Of(JsonObject value, string? kind = null)
    {
        var name = (value["metadata"] as JsonObject)?["name"]?.ToString();
        return (value["kind"]?.ToString() ?? kind, value["spec"] as JsonObject) switch
        {
            ("Pod", _) => new(value, null),
            ("PodTemplate", _) => Template(value, name),
            ("Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" or "Job", { } spec) => Template(
                spec,
                name
            ),
            ("CronJob", { } spec) when spec["jobTemplate"]?["spec"] is JsonObject job => Template(job, name),
            _ => null,
        };
    }

    /// <summary>Whether it has a template with containers, as workloads of others have.</summary>
    public static bool LooksLikeOne(JsonObject value) =>
        (((value["spec"] as JsonObject)?["template"] as JsonObject)?["spec"] as JsonObject)?["containers"] is JsonArray;

    private static PodTemplate? Template(JsonObject spec, string? workload) =>
        spec["template"] is JsonObject template ? new(template, workload) : null;
}
