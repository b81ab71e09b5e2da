using Mesh.Kubernetes;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>What the API server's users hear of their objects while they apply them.</summary>
public sealed class K06AdmissionTests : IAsyncLifetime
{
    private ClusterMesh _mesh = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _mesh = await ClusterMesh.StartAsync(2, "--webhook", "--webhook-configuration", "mesh-test-validator");
        _ns = await _mesh.Cluster.NamespaceAsync();
    }

    public Task DisposeAsync() => _mesh.DisposeAsync().AsTask();

    [Fact]
    public async Task K06_What_an_object_shows_to_be_wrong_is_refused_and_what_depends_on_others_is_let_in()
    {
        // Before anybody asks, an object with a mistake and its twin: they stay as they are.
        await _mesh.Cluster.ApplyAsync(Rule("old", "FASTEST"));
        await ValidateAsync();

        var refused = await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("broken", "FASTEST")));
        Assert.Contains("spec.trafficPolicy.loadBalancer.simple", refused.Status.Message, StringComparison.Ordinal);
        Assert.Contains("[UnknownValue]", refused.Status.Message, StringComparison.Ordinal);
        Assert.Contains("FASTEST", refused.Status.Message, StringComparison.Ordinal);
        Assert.Null(await _mesh.Cluster.FindAsync("DestinationRule", _ns, "broken"));

        // Its host is nobody's: that may come next.
        await _mesh.Cluster.ApplyAsync(Rule("early", "RANDOM"));

        // Labels of a broken object, and its end, must stay possible; its spec only for the better.
        await _mesh.Cluster.ApplyAsync(Rule("old", "FASTEST", "team: books"));
        await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("old", "SLOWEST")));
        Assert.True(await _mesh.Cluster.DeleteAsync("DestinationRule", _ns, "old"));
    }

    [Fact]
    public async Task K06_Replicas_serve_one_certificate_so_that_any_of_them_can_be_asked()
    {
        await ValidateAsync();
        await _mesh.KillReplicaAsync(0);
        await _mesh.StartReplicaAsync(0);
        await RefusesAsync();
    }

    // The configuration comes as it does from a file: without caBundle.
    private async Task ValidateAsync()
    {
        await _mesh.Cluster.ApplyAsync(
            $$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: { name: mesh-test-validator }
            webhooks:
              - name: validation.mesh.test
                admissionReviewVersions: [v1]
                sideEffects: None
                failurePolicy: Fail
                timeoutSeconds: 10
                namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{_ns}} } }
                clientConfig: { url: "https://{{_mesh.Webhook}}/validate" }
                rules:
                  - { apiGroups: [networking.istio.io, security.istio.io], apiVersions: ["*"], operations: [CREATE, UPDATE, DELETE], resources: ["*"] }
            """
        );
        _mesh.Cluster.Forget("ValidatingWebhookConfiguration", "mesh-test-validator");
        await _mesh.Cluster.UntilAsync(
            "ValidatingWebhookConfiguration",
            null,
            "mesh-test-validator",
            "the authority in it",
            item => ((string?)item["webhooks"]![0]!["clientConfig"]!["caBundle"])?.Length > 0
        );
        await RefusesAsync();
    }

    // A server takes a moment to see a configuration, and to ask again a webhook that was away.
    private Task RefusesAsync() =>
        Cli.Processes.Wait.UntilAsync(
            "the webhook refusing",
            TestCluster.Bound,
            async () =>
            {
                try
                {
                    await _mesh.Cluster.ApplyAsync(Rule("probe", "FASTEST"));
                    await _mesh.Cluster.DeleteAsync("DestinationRule", _ns, "probe");
                    return false;
                }
                catch (ApiException e)
                {
                    return e.Status.Message.Contains("[UnknownValue]", StringComparison.Ordinal);
                }
            },
            CancellationToken.None
        );

    private string Rule(string name, string balancer, string labels = "") =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{name}}, namespace: {{_ns}}, labels: { {{labels}} } }
            spec: { host: nobody, trafficPolicy: { loadBalancer: { simple: {{balancer}} } } }
            """;
}
