using System.Text.Json.Nodes;

namespace Mesh.Injector.Files;

/// <summary>The pod that an object describes: itself, or the template of a workload.</summary>
/// <param name="Pod">Metadata and spec, part of the object.</param>
/// <param name="Workload">The object's name where it is a workload; null for a pod.</param>
internal sealed record PodTemplate(JsonObject Pod, string? Workload)
{
    /// <summary>Null where the object makes no pods.</summary>
    public static PodTemplate? Of(JsonObject value)
    {
        var name = (value["metadata"] as JsonObject)?["name"]?.ToString();
        return (value["kind"]?.ToString(), value["spec"] as JsonObject) switch
        {
            ("Pod", _) => new(value, null),
            ("Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" or "Job", { } spec) => Template(
                spec,
                name
            ),
            ("CronJob", { } spec) when spec["jobTemplate"]?["spec"] is JsonObject job => Template(job, name),
            _ => null,
        };
    }

    private static PodTemplate? Template(JsonObject spec, string? workload) =>
        spec["template"] is JsonObject template ? new(template, workload) : null;
}
