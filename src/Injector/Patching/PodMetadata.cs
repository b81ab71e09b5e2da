using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;

namespace Mesh.Injector.Patching;

/// <summary>Labels and annotations of an injected pod, from a <see cref="PodPlan"/>. What the user wrote stays.</summary>
internal static class PodMetadata
{
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";
    private const string DefaultLogs = "kubectl.kubernetes.io/default-logs-container";

    public static void Apply(PatchBuilder patch, PodPlan plan)
    {
        // Who has it is sent mutual TLS: only pods whose proxy takes connections may.
        if (plan.Pod.CapturesInbound)
        {
            Label(patch, MeshLabels.TlsMode, "istio");
        }

        Label(patch, MeshLabels.CanonicalName, First(patch, "app.kubernetes.io/name", "app") ?? plan.Workload);
        Label(patch, MeshLabels.CanonicalRevision, First(patch, "app.kubernetes.io/version", "version") ?? "latest");

        var application = Application(patch);
        if (application is not null)
        {
            Annotation(patch, DefaultContainer, application);
            Annotation(patch, DefaultLogs, application);
        }

        Annotation(patch, MeshLabels.Revision, plan.Revision);
        foreach (var (name, value) in plan.Settings.InjectedAnnotations)
        {
            Annotation(patch, name, value);
        }

        patch.Set(JsonValue.Create(Status(plan)), "metadata", "annotations", MeshLabels.Status);
    }

    private static string Status(PodPlan plan)
    {
        var init = new JsonArray();
        if (plan.Redirects)
        {
            init.Add(Names.Init);
        }

        if (plan.Native)
        {
            init.Add(Names.Proxy);
        }

        return Containers.Compact(
            new JsonObject
            {
                ["initContainers"] = init,
                ["containers"] = plan.Native ? new JsonArray() : new JsonArray(Names.Proxy),
                ["volumes"] = new JsonArray([.. plan.Volumes.Select(name => JsonValue.Create(name))]),
                ["imagePullSecrets"] = new JsonArray([.. plan.Settings.ImagePullSecrets.Select(name => JsonValue.Create(name))]),
                ["revision"] = plan.Revision,
                ["interceptionMode"] = plan.Pod.InterceptionMode.ToString().ToUpperInvariant(),
                ["inboundProtected"] = plan.Pod.CapturesInbound,
            }
        );
    }

    private static string? Application(PatchBuilder patch) =>
        (patch.Find("spec", "containers") as JsonArray)
            ?.Select(container => (string)container!["name"]!)
            .FirstOrDefault(n => n != Names.Proxy);

    private static string? First(PatchBuilder patch, params ReadOnlySpan<string> labels)
    {
        foreach (var label in labels)
        {
            if ((string?)patch.Find("metadata", "labels", label) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return null;
    }

    private static void Label(PatchBuilder patch, string name, string value) =>
        patch.SetMissing(JsonValue.Create(value), "metadata", "labels", name);

    private static void Annotation(PatchBuilder patch, string name, string value) =>
        patch.SetMissing(JsonValue.Create(value), "metadata", "annotations", name);
}
