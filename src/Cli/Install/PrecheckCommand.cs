using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Cluster;
using Mesh.Injector.Deciding;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary><c>meshctl precheck</c>: what would go wrong with an installation in this cluster, before it is made.</summary>
internal static class PrecheckCommand
{
    private const int OldestMinor = 20;

    private static readonly ApiResource MutatingWebhooks = new(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        Namespaced: false
    );

    public static Command Create() =>
        ManifestCommand.Create(
            "precheck",
            "Tell what would go wrong with an installation in this cluster. Exits with 1 if something would.",
            CheckAsync
        );

    public static async Task<int> CheckAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        TextWriter output,
        CancellationToken cancellation
    )
    {
        var (errors, remarks) = (new List<string>(), new List<string>());
        await VersionAsync(client, errors, remarks, cancellation);
        await KindsAsync(client, manifests, errors, cancellation);
        await PermissionsAsync(client, manifests, errors, cancellation);
        await DefinitionsAsync(client, manifests, errors, remarks, cancellation);
        await WebhooksAsync(client, manifests, remarks, cancellation);
        await NamespacesAsync(client, remarks, cancellation);
        await PodsAsync(client, remarks, cancellation);

        errors.ForEach(error => output.WriteLine($"error: {error}"));
        remarks.ForEach(remark => output.WriteLine($"note: {remark}"));
        output.WriteLine(errors.Count == 0 ? "The mesh can be installed here." : $"{errors.Count} problems stand in the way.");
        return errors.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static async Task VersionAsync(
        KubernetesClient client,
        List<string> errors,
        List<string> remarks,
        CancellationToken cancellation
    )
    {
        using var answer = await client.CallAsync(HttpMethod.Get, "version", null, cancellation);
        var (major, minor) = (answer.RootElement.GetProperty("major").GetString(), answer.RootElement.GetProperty("minor").GetString());
        if (major == "1" && int.TryParse(minor?.TrimEnd('+'), out var number) && number < OldestMinor)
        {
            errors.Add($"the cluster is Kubernetes {major}.{minor}; {major}.{OldestMinor} is the oldest that works. Upgrade it");
        }
        else if (!ServerVersion.Supports(major, minor))
        {
            remarks.Add(
                $"the cluster is Kubernetes {major}.{minor}, before native sidecars (1.29): sidecars start beside the application, which waits for them"
            );
        }
    }

    // Budgets and autoscalers are younger than the oldest cluster that works.
    private static async Task KindsAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        List<string> errors,
        CancellationToken cancellation
    )
    {
        foreach (var resources in manifests.Select(manifest => manifest.Resource).Distinct().GroupBy(resource => resource.ApiVersion))
        {
            var served = await ServedAsync(client, resources.First(), cancellation);
            errors.AddRange(
                resources
                    .Where(resource => !served.Contains(resource.Plural))
                    .Select(resource =>
                        $"the cluster has no {resource.Kind} of {resource.ApiVersion}; upgrade it, or install the overlay demo, which does without"
                    )
            );
        }
    }

    private static async Task<HashSet<string>> ServedAsync(KubernetesClient client, ApiResource resource, CancellationToken cancellation)
    {
        try
        {
            var path = $"{(resource.Group.Length == 0 ? "api" : "apis")}/{resource.ApiVersion}";
            using var answer = await client.CallAsync(HttpMethod.Get, path, null, cancellation);
            return [.. answer.RootElement.GetProperty("resources").EnumerateArray().Select(one => one.GetProperty("name").GetString()!)];
        }
        catch (ApiException e) when (e.Status.Code == 404)
        {
            return [];
        }
    }

    private static async Task PermissionsAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        List<string> errors,
        CancellationToken cancellation
    )
    {
        foreach (var (resource, ns) in manifests.Select(manifest => (manifest.Resource, manifest.Namespace)).Distinct())
        {
            foreach (var verb in new[] { "create", "patch" })
            {
                var review = new JsonObject
                {
                    ["apiVersion"] = "authorization.k8s.io/v1",
                    ["kind"] = "SelfSubjectAccessReview",
                    ["spec"] = new JsonObject
                    {
                        ["resourceAttributes"] = new JsonObject
                        {
                            ["group"] = resource.Group,
                            ["resource"] = resource.Plural,
                            ["namespace"] = ns,
                            ["verb"] = verb,
                        },
                    },
                };
                using var answer = await client.CallAsync(
                    HttpMethod.Post,
                    "apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                    Encoding.UTF8.GetBytes(review.ToJsonString()),
                    cancellation
                );
                if (!answer.RootElement.GetProperty("status").GetProperty("allowed").GetBoolean())
                {
                    errors.Add(
                        $"you may not {verb} {resource}{(ns is null ? "" : " in " + ns)}; ask for the role cluster-admin, or let somebody who has it install"
                    );
                }
            }
        }
    }

    private static async Task DefinitionsAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        List<string> errors,
        List<string> remarks,
        CancellationToken cancellation
    )
    {
        var present = new List<string>();
        foreach (var manifest in manifests.Where(manifest => manifest.IsDefinition))
        {
            if (await client.GetAsync(manifest.Resource, null, manifest.Name, cancellation) is not { } found)
            {
                continue;
            }

            present.Add(manifest.Name);
            if (VerifyInstallCommand.Problem(manifest, JsonNode.Parse(found.Json.Span)!.AsObject()) is { } problem)
            {
                errors.Add(
                    $"definition {manifest.Name} {problem}; install leaves definitions that exist alone, so update it where it comes from"
                );
            }
        }

        if (present.Count > 0)
        {
            remarks.Add($"{present.Count} definitions are there already and are left alone: {string.Join(", ", present)}");
        }
    }

    // Two injectors that answer for the same pods would put two sidecars into them.
    private static async Task WebhooksAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        List<string> remarks,
        CancellationToken cancellation
    )
    {
        var ours = manifests.Where(manifest => manifest.Kind == MutatingWebhooks.Kind).Select(manifest => manifest.Name).ToHashSet();
        var page = await client.ListAsync(MutatingWebhooks, null, ListOptions.All, null, cancellation);
        foreach (var item in page.Items.Where(item => !ours.Contains(item.Name)))
        {
            if (Encoding.UTF8.GetString(item.Json.Span).Contains(MeshLabels.NamespaceInjection, StringComparison.Ordinal))
            {
                remarks.Add(
                    $"{item.Name} injects by the label {MeshLabels.NamespaceInjection} too; install with --revision and label namespaces {MeshLabels.Revision}=REVISION, so that each pod gets one sidecar"
                );
            }
        }
    }

    private static async Task NamespacesAsync(KubernetesClient client, List<string> remarks, CancellationToken cancellation)
    {
        var page = await client.ListAsync(NamespaceLookup.Resource, null, ListOptions.All, null, cancellation);
        foreach (var item in page.Items)
        {
            using var json = JsonDocument.Parse(item.Json);
            var labels = ObjectLabels.Of(json.RootElement);
            var optedIn = labels.GetValueOrDefault(MeshLabels.NamespaceInjection) == "enabled" || labels.ContainsKey(MeshLabels.Revision);
            if (optedIn && labels.GetValueOrDefault(MeshLabels.PodSecurity) is "restricted" or "baseline")
            {
                remarks.Add(
                    $"namespace {item.Name} forbids NET_ADMIN ({MeshLabels.PodSecurity}): its pods need sidecar.istio.io/interceptionMode: NONE, and then policy does not protect what comes in to them"
                );
            }
        }
    }

    // What the injector has said of each pod, where many would not look.
    private static async Task PodsAsync(KubernetesClient client, List<string> remarks, CancellationToken cancellation)
    {
        var page = await client.ListAsync(MissingSidecarWatcher.Resource, null, ListOptions.All, null, cancellation);
        foreach (var pods in page.Items.Where(IsUnprotected).GroupBy(pod => pod.Namespace, pod => pod.Name))
        {
            remarks.Add(
                $"policy does not protect what comes in to these pods of namespace {pods.Key}, whose sidecars capture nothing inbound: "
                    + string.Join(", ", pods.Order(StringComparer.Ordinal))
            );
        }
    }

    private static bool IsUnprotected(KubernetesObject pod)
    {
        using var json = JsonDocument.Parse(pod.Json);
        if (
            !json.RootElement.TryGetProperty("metadata", out var metadata)
            || !metadata.TryGetProperty("annotations", out var annotations)
            || !annotations.TryGetProperty(MeshLabels.Status, out var status)
        )
        {
            return false;
        }

        try
        {
            using var said = JsonDocument.Parse(status.GetString() ?? "");
            return said.RootElement.TryGetProperty("inboundProtected", out var isProtected) && isProtected.ValueKind == JsonValueKind.False;
        }
        catch (JsonException)
        {
            // Somebody else's annotation.
            return false;
        }
    }
}
