using System.Text;
using System.Text.Json.Nodes;
using Mesh.Injector.Files;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary>One object of the installation, as the API server takes it.</summary>
internal sealed class Manifest(JsonObject value)
{
    private static readonly string[] ClusterKinds =
    [
        "Namespace",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ];

    public JsonObject Value => value;

    public string Kind => Text(value["kind"]);

    public string Name => Text(value["metadata"]?["name"]);

    /// <summary>Null for kinds without one.</summary>
    public string? Namespace => value["metadata"]?["namespace"]?.GetValue<string>();

    public bool IsDefinition => Kind == "CustomResourceDefinition";

    public ApiResource Resource
    {
        get
        {
            var version = Text(value["apiVersion"]);
            var slash = version.IndexOf('/');
            var lower = Kind.ToLowerInvariant();
            return new(
                slash < 0 ? "" : version[..slash],
                version[(slash + 1)..],
                lower.EndsWith('y') ? $"{lower[..^1]}ies" : $"{lower}s",
                Kind,
                !ClusterKinds.Contains(Kind)
            );
        }
    }

    public byte[] Json => Encoding.UTF8.GetBytes(value.ToJsonString());

    public string Yaml => YamlText.Of(value);

    public override string ToString() => $"{Resource} {(Namespace is null ? "" : Namespace + "/")}{Name}";

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";
}
