using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Patching;
using Mesh.Kubernetes;

namespace Mesh.Injector.Cluster;

/// <summary>What is remembered of one pod that exists: enough to say whether a sidecar is missing.</summary>
internal sealed record PodRecord(string Namespace, string Name, string Uid, PodFacts Facts, bool HasSidecar, bool Runs)
{
    public static PodRecord Of(KubernetesObject value)
    {
        var pod = (JsonObject)JsonNode.Parse(value.Json.Span)!;
        var facts = PodFacts.Of(pod, []);
        var spec = pod["spec"] as JsonObject;
        var sidecar =
            facts.Annotations.ContainsKey(MeshLabels.Status) || HasProxy(spec?["containers"]) || HasProxy(spec?["initContainers"]);
        var phase = (pod["status"] as JsonObject)?["phase"]?.ToString();
        var ending = pod["metadata"]?["deletionTimestamp"] is not null;
        return new(value.Namespace ?? "", value.Name, value.Uid, facts, sidecar, !ending && phase is not ("Succeeded" or "Failed"));
    }

    private static bool HasProxy(JsonNode? containers) =>
        containers is JsonArray list
        && list.Any(item =>
            item is JsonObject && item["name"]?.GetValueKind() == JsonValueKind.String && (string?)item["name"] == Names.Proxy
        );
}
