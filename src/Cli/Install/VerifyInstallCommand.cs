using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary><c>meshctl verify-install</c>: whether everything that <c>install</c> makes is there and works.</summary>
internal static class VerifyInstallCommand
{
    public static Command Create() =>
        ManifestCommand.Create(
            "verify-install",
            "Tell whether everything that install makes is there and works. Exits with 1 if not.",
            VerifyAsync
        );

    public static async Task<int> VerifyAsync(
        KubernetesClient client,
        IReadOnlyList<Manifest> manifests,
        TextWriter output,
        CancellationToken cancellation
    )
    {
        var rows = new List<IReadOnlyList<string>>();
        var wrong = 0;
        foreach (var manifest in manifests)
        {
            var found = await client.GetAsync(manifest.Resource, manifest.Namespace, manifest.Name, cancellation);
            var problem = found is null ? "is missing" : Problem(manifest, JsonNode.Parse(found.Json.Span)!.AsObject());
            wrong += problem is null ? 0 : 1;
            rows.Add([manifest.Kind, manifest.Namespace ?? "", manifest.Name, problem ?? "ok"]);
        }

        TextTable.Write(output, ["KIND", "NAMESPACE", "NAME", "STATE"], rows);
        return wrong == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>What keeps an object from doing its work; null where nothing does.</summary>
    public static string? Problem(Manifest manifest, JsonObject found)
    {
        switch (manifest.Kind)
        {
            case "Deployment":
                var wanted = Number(found["spec"]?["replicas"]) ?? 1;
                var available = Number(found["status"]?["availableReplicas"]) ?? 0;
                return available >= wanted ? null : $"{available} of {wanted} replicas are available";
            case "CustomResourceDefinition":
                var established = found["status"]
                    ?["conditions"]?.AsArray()
                    .Any(condition => Text(condition?["type"]) == "Established" && Text(condition?["status"]) == "True");
                if (established != true)
                {
                    return "is not established";
                }

                var served = found["spec"]?["versions"]?.AsArray().Select(version => Text(version?["name"])).ToHashSet() ?? [];
                var lacking = manifest.Value["spec"]!["versions"]!
                    .AsArray()
                    .Select(version => Text(version!["name"]))
                    .Where(version => !served.Contains(version))
                    .ToList();
                return lacking.Count == 0 ? null : $"does not serve {string.Join(", ", lacking)}";
            case "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration":
                var mute = found["webhooks"]?.AsArray().Count(webhook => Text(webhook?["clientConfig"]?["caBundle"]).Length == 0) ?? 0;
                return mute == 0 ? null : $"{mute} of its webhooks have no caBundle yet, so that the API server cannot call them";
            default:
                return null;
        }
    }

    private static string Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : "";

    private static int? Number(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number ? node.GetValue<int>() : null;
}
