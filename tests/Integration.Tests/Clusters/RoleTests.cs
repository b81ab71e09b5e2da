using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>The role in <c>deploy/</c> before the API server's own authoriser, which knows more ways to say no than ours.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private string _root = "";
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _root = await _cluster.NamespaceAsync();
        _ns = await _cluster.NamespaceAsync("istio-injection: enabled");
    }

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [ServerFact(isReal: true, "the double enforces roles for everybody or nobody; PermissionTests do that")]
    public async Task A_control_plane_with_a_token_of_its_service_account_does_all_of_its_work_and_nothing_else()
    {
        await RolesAsync();
        await _cluster.ApplyAsync(
            $$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: { name: {{_root}} }
            webhooks:
              - name: validation.mesh.test
                admissionReviewVersions: [v1]
                sideEffects: None
                failurePolicy: Ignore
                namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{_root}} } }
                clientConfig: { url: "https://127.0.0.1:1/validate" }
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: books, namespace: {{_ns}} }
            spec: { host: books }
            """
        );
        _cluster.Forget("ValidatingWebhookConfiguration", _root);
        var access = _cluster.Access with { Credentials = CredentialSource.Of(Credential.Bearer(await TokenAsync(_root, _root, null))) };
        await using (await ClusterHost.StartAsync(_cluster, _root, "one", webhook: true, access))
        {
            await UntilAsync("ConfigMap", _ns, "istio-ca-root-cert", "the roots", item => item["data"]?["root-cert.pem"] is not null);
            await UntilAsync("DestinationRule", _ns, "books", "its status", item => item["status"]?["conditions"] is JsonArray);
            await UntilAsync(
                "ValidatingWebhookConfiguration",
                null,
                _root,
                "the authority in it",
                item => item["webhooks"]![0]!["clientConfig"]!["caBundle"] is not null
            );
            await UntilAsync("Secret", _root, "mesh-authority", "the authority's key", _ => true);
        }

        using var client = new KubernetesClient(access, "mesh-tests/1");
        Assert.Equal("istio-ca", await ReviewAsync(client, await TokenAsync(_ns, "default", "istio-ca")));
        Assert.Null(await ReviewAsync(client, await TokenAsync(_ns, "default", null)));
        foreach (var ns in new[] { _root, _ns })
        {
            var refused = await Assert.ThrowsAsync<ApiException>(() =>
                client.ListAsync(TestCluster.Resource("Secret"), ns, ListOptions.All, null)
            );
            Assert.Equal(403, refused.Status.Code);
        }

        var spec = Encoding.UTF8.GetBytes("""{"spec":{"host":"others"}}""");
        var kept = await Assert.ThrowsAsync<ApiException>(() =>
            client.MergePatchAsync(TestCluster.Resource("DestinationRule"), _ns, "books", spec)
        );
        Assert.Equal(403, kept.Status.Code);
    }

    private Task<JsonNode> UntilAsync(string kind, string? ns, string name, string what, Func<JsonNode, bool> condition) =>
        _cluster.UntilAsync(kind, ns, name, what, condition);

    // As deploy/base has them, for this test's namespace: the objects without one are called as it is.
    private async Task RolesAsync()
    {
        var file = Path.Combine(Peers.ProjectDirectory, "..", "..", "deploy", "base", "controlplane", "rbac.yaml");
        var yaml = (await File.ReadAllTextAsync(file))
            .Replace("name: istiod", $"name: {_root}", StringComparison.Ordinal)
            .Replace("istio-system", _root, StringComparison.Ordinal)
            .Replace("[mesh-validator]", $"[{_root}]", StringComparison.Ordinal);
        foreach (var item in YamlObjects.Read(yaml))
        {
            if (TestCluster.Resource((string)item["kind"]!).Namespaced)
            {
                item["metadata"]!["namespace"] = _root;
            }

            await _cluster.ApplyAsync(item.ToJsonString());
        }

        _cluster.Forget("ClusterRoleBinding", _root);
        _cluster.Forget("ClusterRole", _root);
    }

    /// <param name="audience">Null for the API server itself.</param>
    private async Task<string> TokenAsync(string ns, string account, string? audience)
    {
        var audiences = audience is null ? new JsonArray() : new JsonArray(audience);
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["audiences"] = audiences },
        };
        var path = $"api/v1/namespaces/{ns}/serviceaccounts/{account}/token";
        using var answer = await _cluster.Client.CallAsync(HttpMethod.Post, path, TestCluster.Bytes(request));
        return answer.RootElement.GetProperty("status").GetProperty("token").GetString()!;
    }

    /// <summary>The audience that the server confirms; null where the token is none for it.</summary>
    private static async Task<string?> ReviewAsync(KubernetesClient client, string token)
    {
        var review = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenReview",
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray("istio-ca") },
        };
        using var answer = await client.CallAsync(HttpMethod.Post, "apis/authentication.k8s.io/v1/tokenreviews", TestCluster.Bytes(review));
        return answer.RootElement.GetProperty("status").TryGetProperty("audiences", out JsonElement audiences)
            ? audiences[0].GetString()
            : null;
    }
}
