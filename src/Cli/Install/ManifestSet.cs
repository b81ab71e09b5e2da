using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Injector.Deciding;
using Mesh.Injector.Reading;

namespace Mesh.Cli.Install;

/// <summary>
/// The objects that make a mesh, carried in this program: the definitions of its kinds and one of the overlays, in the order in which an API
/// server can take them.
/// </summary>
internal static partial class ManifestSet
{
    /// <summary>Sizes to choose from, by the names of the folders under <c>deploy/overlays</c>.</summary>
    public static readonly ImmutableArray<string> Overlays = ["demo", "production"];

    private static readonly string[] Order =
    [
        "CustomResourceDefinition",
        "Namespace",
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "ConfigMap",
        "Service",
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
        // Last: from then on the API server asks them.
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ];

    /// <param name="revision">With another than the default, everything but the definitions and the namespace is there a second time.</param>
    /// <param name="hub">Where the images are, <c>mesh</c> in the manifests; null leaves it.</param>
    /// <param name="tag">Of the images, <c>latest</c> in the manifests; null leaves it.</param>
    public static ImmutableArray<Manifest> Load(string overlay, string revision, string? hub, string? tag)
    {
        var objects = ImmutableArray.CreateBuilder<Manifest>();
        foreach (var name in typeof(ManifestSet).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith("crds/", StringComparison.Ordinal) || name == $"overlays/{overlay}.yaml")
            {
                objects.AddRange(Read(name, revision, hub, tag));
            }
        }

        return [.. objects.OrderBy(manifest => Array.IndexOf(Order, manifest.Kind))];
    }

    private static IEnumerable<Manifest> Read(string resource, string revision, string? hub, string? tag)
    {
        using var reader = new StreamReader(typeof(ManifestSet).Assembly.GetManifestResourceStream(resource)!);
        foreach (var document in reader.ReadToEnd().Split("\n---\n"))
        {
            if (YamlJson.Parse(document) is not JsonObject value)
            {
                continue;
            }

            var manifest = new Manifest((JsonObject)Map(value, text => Image(text, hub, tag))!);
            if (revision == MeshLabels.DefaultRevision || manifest.IsDefinition || manifest.Kind == "Namespace")
            {
                yield return manifest;
            }
            // One validator is enough: it judges objects, which have no revision.
            else if (manifest.Kind != "ValidatingWebhookConfiguration")
            {
                yield return new Manifest(Revised(manifest, revision));
            }
        }
    }

    private static string Image(string text, string? hub, string? tag) =>
        ImageName().Replace(text, match => $"{hub ?? "mesh"}/{match.Groups["program"].Value}:{tag ?? "latest"}");

    private static JsonObject Revised(Manifest manifest, string revision)
    {
        var value = (JsonObject)Map(manifest.Value, text => OwnName().Replace(text, match => $"{match.Value}-{revision}"))!;
        Relabel(value, revision);
        switch (manifest.Kind)
        {
            case "Deployment":
                var arguments = value["spec"]!["template"]!["spec"]!["containers"]![0]!["args"]!.AsArray();
                if (manifest.Name == "istiod")
                {
                    var webhook = arguments.Select(item => item!.GetValue<string>()).ToList().IndexOf("--webhook");
                    arguments.RemoveAt(webhook + 1);
                    arguments.RemoveAt(webhook);
                    Extend(arguments, "--secure-ads-names", $",istiod-{revision}.istio-system.svc");
                }
                else
                {
                    arguments.Add("--revision");
                    arguments.Add(revision);
                }

                break;
            case "MutatingWebhookConfiguration":
                // istio-injection=enabled means the default revision.
                var webhooks = value["webhooks"]!.AsArray();
                for (var i = webhooks.Count - 1; i >= 0; i--)
                {
                    if (!webhooks[i]!["name"]!.GetValue<string>().StartsWith("rev.", StringComparison.Ordinal))
                    {
                        webhooks.RemoveAt(i);
                    }
                }

                break;
        }

        return value;
    }

    private static void Extend(JsonArray arguments, string option, string more)
    {
        var at = arguments.Select(item => item!.GetValue<string>()).ToList().IndexOf(option) + 1;
        arguments[at] = arguments[at]!.GetValue<string>() + more;
    }

    // Labels say it by value, selectors of webhooks in a list.
    private static void Relabel(JsonNode? node, string revision)
    {
        switch (node)
        {
            case JsonObject map:
                if (map[MeshLabels.Revision] is JsonValue)
                {
                    map[MeshLabels.Revision] = revision;
                }

                if (map["key"]?.GetValue<string>() == MeshLabels.Revision && map["values"] is JsonArray)
                {
                    map["values"] = new JsonArray(revision);
                }

                foreach (var (_, item) in map.ToList())
                {
                    Relabel(item, revision);
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Relabel(item, revision);
                }

                break;
        }
    }

    private static JsonNode? Map(JsonNode? node, Func<string, string> change)
    {
        switch (node)
        {
            case JsonObject map:
                return new JsonObject(map.Select(item => KeyValuePair.Create(item.Key, Map(item.Value, change))));
            case JsonArray list:
                return new JsonArray([.. list.Select(item => Map(item, change))]);
            case JsonValue value when value.TryGetValue<string>(out var text):
                return JsonValue.Create(change(text));
            default:
                return node?.DeepClone();
        }
    }

    [GeneratedRegex("mesh/(?<program>proxy|controlplane|injector):latest")]
    private static partial Regex ImageName();

    // Names that a second revision must not share, wherever they stand: in names, references, host names.
    [GeneratedRegex("(?<![a-z-])(istiod|istio-sidecar-injector)(?=$|[^a-z-]|-cert$)")]
    private static partial Regex OwnName();
}
