using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Patching;

/// <summary>Pure: the containers of a user's pod that run as the proxy's user or group, whose traffic the kernel does not redirect.</summary>
internal static class ExemptContainers
{
    private const string Security = "securityContext";

    public static IEnumerable<string> In(JsonObject pod, int user, int group)
    {
        var spec = pod["spec"] as JsonObject;
        foreach (var container in (spec?["containers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = container["name"]?.ToString();
            if (
                name is not null and not Names.Proxy
                && (IsProxy(container, spec!, "runAsUser", user) || IsProxy(container, spec!, "runAsGroup", group))
            )
            {
                yield return name;
            }
        }
    }

    // The container's own word counts, and then the pod's.
    private static bool IsProxy(JsonObject container, JsonObject spec, string field, int proxy) =>
        JsonNumber.Whole((container[Security] as JsonObject)?[field] ?? (spec[Security] as JsonObject)?[field]) == proxy;
}
