using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Patching;

/// <summary>What in a pod gets in the sidecar's way and is nevertheless the user's to decide, as warnings. Pure.</summary>
internal static class PodRemarks
{
    /// <param name="pod">As it came.</param>
    public static IEnumerable<string> Of(JsonObject pod, PodPlan plan)
    {
        var before = pod["metadata"]?["annotations"]?[MeshLabels.Status] is not null;
        foreach (
            var name in Items(pod, "volumes")
                .Select(volume => (string?)volume["name"])
                .Where(name => !before && plan.Volumes.Contains(name!))
        )
        {
            yield return $"spec.volumes[{name}] has the name of an injected volume; the proxy is given the pod's own instead";
        }

        foreach (var field in before ? [] : WithoutEffect(pod))
        {
            yield return $"spec.containers[{Names.Proxy}].{field} has no effect: the injector writes it";
        }

        foreach (var volume in plan.Pod.Volumes.Where(volume => plan.Volumes.Contains((string)volume["name"]!)))
        {
            yield return $"metadata.annotations[sidecar.istio.io/userVolume]: {(string?)volume["name"]} is the name of an injected volume and is left out";
        }

        foreach (var container in Items(pod, "containers").Where(container => (string?)container["name"] != Names.Proxy))
        {
            foreach (var port in (container["ports"] as JsonArray ?? []).OfType<JsonObject>())
            {
                if (
                    JsonNumber.Whole(port["containerPort"]) is { } number
                    && (Names.OwnPorts.Contains(number) || number == plan.Pod.StatusPort)
                )
                {
                    yield return $"spec.containers[{(string?)container["name"]}].ports: {number} is a port of the sidecar; only one of both can listen there";
                }
            }
        }
    }

    // What ContainerMerge keeps of ours where the user wrote another.
    private static IEnumerable<string> WithoutEffect(JsonObject pod)
    {
        var written = Items(pod, "initContainers").Concat(Items(pod, "containers")).FirstOrDefault(c => (string?)c["name"] == Names.Proxy);
        foreach (var field in new[] { "command", "args" }.Where(field => written?[field] is not null))
        {
            yield return field;
        }

        foreach (var variable in (written?["env"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if ((string?)variable["name"] is { } name && Names.OwnVariables.Contains(name))
            {
                yield return $"env[{name}]";
            }
        }
    }

    private static IEnumerable<JsonObject> Items(JsonObject pod, string list) =>
        ((pod["spec"] as JsonObject)?[list] as JsonArray ?? []).OfType<JsonObject>();
}
