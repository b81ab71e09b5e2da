using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Patching;

/// <summary>
/// Writes the operations that put the sidecar into a pod, in a fixed order: probes, containers, volumes, secrets, metadata. Pure; applied to its
/// own result it gives an empty patch.
/// </summary>
internal static class SidecarPatch
{
    private static readonly string[] InitContainers = ["spec", "initContainers"];
    private static readonly string[] RunningContainers = ["spec", "containers"];

    public static (PatchBuilder Patch, List<string> Warnings) Make(JsonObject pod, PodPlan plan)
    {
        var patch = new PatchBuilder(pod);
        var written = patch.FindNamed(Names.Proxy, InitContainers) ?? patch.FindNamed(Names.Proxy, RunningContainers);
        var (probers, warnings) = plan.RewritesProbes
            ? ProbeRewriting.Apply(patch, plan.Native, plan.Pod.StatusPort, Variable(written, Names.ProbersVariable))
            : ([], new List<string>());
        var metrics = MetricsMerging.Apply(patch, plan, Variable(written, Names.MetricsVariable), warnings);

        PutInit(patch, plan);
        var proxy = ContainerMerge.Apply(ProxyContainer.Of(plan, probers, metrics), written);
        if (plan.Transparent)
        {
            // Whatever the user wrote: ProxyIdentity.
            proxy["securityContext"]!["runAsUser"] = 0;
        }

        PutProxy(patch, plan, proxy);
        if (plan.EndsWithApplication)
        {
            patch.SetMissing(JsonValue.Create(true), "spec", "shareProcessNamespace");
        }

        foreach (var volume in PodVolumes.Of(plan))
        {
            patch.AddNamed(volume, "spec", "volumes");
        }

        foreach (var secret in plan.Settings.ImagePullSecrets)
        {
            patch.AddNamed(new JsonObject { ["name"] = secret }, "spec", "imagePullSecrets");
        }

        PodMetadata.Apply(patch, plan);
        warnings.AddRange(PodRemarks.Of(pod, plan));
        return (patch, warnings);
    }

    /// <summary>Where the proxy of a pod that was injected before is: an injected pod keeps its kind of sidecar. Null for others.</summary>
    public static bool? WasNative(JsonObject pod)
    {
        if (pod["metadata"]?["annotations"]?[MeshLabels.Status] is null)
        {
            return null;
        }

        return HasProxy(pod["spec"]?["initContainers"]) ? true
            : HasProxy(pod["spec"]?["containers"]) ? false
            : null;

        static bool HasProxy(JsonNode? containers) =>
            containers is JsonArray list && list.Any(item => (string?)item?["name"] == Names.Proxy);
    }

    // Native: the proxy starts first of all and stops last of all. Classic: first where the application is to wait for it, else last, so that
    // kubectl's default stays the application.
    private static void PutProxy(PatchBuilder patch, PodPlan plan, JsonObject proxy)
    {
        if (plan.Native)
        {
            patch.TakeNamed(Names.Proxy, RunningContainers);
            patch.PutNamed(proxy, plan.Redirects ? 1 : 0, InitContainers);
        }
        else
        {
            patch.TakeNamed(Names.Proxy, InitContainers);
            patch.PutNamed(proxy, plan.Pod.HoldApplication ? 0 : -1, RunningContainers);
        }
    }

    // Native: before everything, so that other init containers have the mesh too. Classic: after them, because until the proxy runs, redirected
    // traffic goes nowhere.
    private static void PutInit(PatchBuilder patch, PodPlan plan)
    {
        if (plan.Redirects)
        {
            var init = ContainerMerge.Apply(InitContainer.Of(plan), patch.FindNamed(Names.Init, InitContainers));
            patch.PutNamed(init, plan.Native ? 0 : -1, InitContainers);
        }
    }

    // What an earlier injection told the proxy.
    private static JsonObject? Variable(JsonObject? proxy, string name)
    {
        var variable = (proxy?["env"] as JsonArray)?.FirstOrDefault(entry => (string?)entry?["name"] == name);
        try
        {
            return (string?)variable?["value"] is { } text ? JsonText.Parse(text) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
