using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes.Tests;

internal static class TestApi
{
    public static ApiResource Services { get; } = new("", "v1", "services", "Service");

    public static ApiResource VirtualServices { get; } = new("networking.istio.io", "v1", "virtualservices", "VirtualService");

    public static KubernetesClient Client(ApiServer server, string? token = null) =>
        new(
            new ClusterAccess
            {
                Server = server.Address,
                Credentials = token is null ? CredentialSource.None : CredentialSource.Of(Credential.Bearer(token)),
            },
            "tests/1"
        );

    public static JsonObject Service(string name, string ns = "default", int port = 80) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { ["app"] = name },
            },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = port }) },
        };

    public static byte[] Bytes(JsonNode json) => System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());

    public static JsonNode Json(KubernetesObject value) => JsonNode.Parse(value.Json.Span)!;
}
