using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>The container that sets up redirection before any other of the pod starts, from a <see cref="PodPlan"/>.</summary>
internal static class InitContainer
{
    public static JsonObject Of(PodPlan plan)
    {
        var container = new JsonObject { ["name"] = Names.Init, ["image"] = plan.Pod.Image };
        if (plan.Settings.ImagePullPolicy is { } policy)
        {
            container["imagePullPolicy"] = policy;
        }

        container["args"] = new JsonArray([.. RedirectArguments.Of(plan).Select(argument => JsonValue.Create(argument))]);
        container["env"] = new JsonArray(Containers.Variable("DOTNET_EnableDiagnostics", "0"));
        container["resources"] = Containers.Resources(plan.InitResources);
        container["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["capabilities"] = new JsonObject { ["add"] = new JsonArray("NET_ADMIN", "NET_RAW"), ["drop"] = new JsonArray("ALL") },
            ["privileged"] = false,
            // iptables takes a lock below /run.
            ["readOnlyRootFilesystem"] = false,
            ["runAsGroup"] = 0,
            ["runAsNonRoot"] = false,
            ["runAsUser"] = 0,
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        };
        return container;
    }
}
