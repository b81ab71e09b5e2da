using Mesh.Integration.Tests.Harness;
using Mesh.Kubernetes;
using Mesh.Tests;

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
        await _mesh.Cluster.ApplyAsync(Rule("old", "simpel: RANDOM"));
        await ValidateAsync();

        var refused = await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("broken", "simpel: RANDOM")));
        Assert.Contains("spec.trafficPolicy.loadBalancer.simpel", refused.Status.Message, StringComparison.Ordinal);
        Assert.Contains("[UnknownField]", refused.Status.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean simple", refused.Status.Message, StringComparison.Ordinal);
        Assert.Null(await _mesh.Cluster.FindAsync("DestinationRule", _ns, "broken"));

        // Its host is nobody's: that may come next.
        await _mesh.Cluster.ApplyAsync(Rule("early", "simple: RANDOM"));

        // Labels of a broken object, and its end, must stay possible; its spec only for the better.
        await _mesh.Cluster.ApplyAsync(Rule("old", "simpel: RANDOM", "team: books"));
        await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("old", "simpel: ROUND_ROBIN")));
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

    [PeerFact("program:kubectl")]
    public async Task K06_kubectl_shows_why_an_object_is_refused_and_what_to_mind_about_one_that_is_not()
    {
        await ValidateAsync();
        string[] create = ["create", "--validate=false", "-f", "-"];
        var (created, refusal) = await Kubectl.RunAsync(_mesh.Cluster.KubeConfigFile, Rule("broken", "simpel: RANDOM"), create);
        Assert.False(created);
        Assert.Contains(
            "The DestinationRule \"broken\" is invalid: spec.trafficPolicy.loadBalancer.simpel: is not a known field; did you mean simple?",
            refusal,
            StringComparison.Ordinal
        );

        (created, var warning) = await Kubectl.RunAsync(_mesh.Cluster.KubeConfigFile, Rule("early", "simple: RANDOM"), create);
        Assert.True(created, warning);
        Assert.Matches("Warning: spec.host .*nobody", warning);
    }

    [Fact]
    public async Task K06_A_replica_that_ends_is_not_ready_any_more_and_still_refuses_until_its_time_is_over()
    {
        await ValidateAsync();
        var ending = _mesh.StopReplicaAsync(0);
        await Cli.Processes.Wait.UntilAsync(
            "it saying that it ends",
            TestCluster.Bound,
            async () => !await Cli.Processes.Wait.AnswersAsync($"http://{_mesh.Monitoring(0)}/ready", CancellationToken.None),
            CancellationToken.None
        );
        var refused = await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("broken", "simpel: RANDOM")));
        Assert.Contains("[UnknownField]", refused.Status.Message, StringComparison.Ordinal);
        Assert.False(ending.IsCompleted);
        await ending;
    }

    [Fact]
    public async Task K06_With_nobody_to_ask_the_failure_policy_decides_and_what_came_in_is_reported_once_somebody_is_there()
    {
        await ValidateAsync();
        await _mesh.KillReplicaAsync(0);
        await _mesh.KillReplicaAsync(1);
        var failed = await Assert.ThrowsAsync<ApiException>(() => _mesh.Cluster.ApplyAsync(Rule("sound", "simple: RANDOM")));
        Assert.Contains("validation.mesh.test", failed.Status.Message, StringComparison.Ordinal);

        await ConfigureAsync("Ignore");
        await Cli.Processes.Wait.UntilAsync(
            "the policy being known",
            TestCluster.Bound,
            async () =>
            {
                try
                {
                    await _mesh.Cluster.ApplyAsync(Rule("sound", "simple: RANDOM"));
                    return true;
                }
                catch (ApiException)
                {
                    return false;
                }
            },
            CancellationToken.None
        );
        await _mesh.Cluster.ApplyAsync(Rule("broken", "simpel: RANDOM"));

        // A control plane that starts with it: it says whose fault it is, and everything else is as if it were not there.
        await _mesh.StartReplicaAsync(0);
        var broken = await _mesh.Cluster.UntilAsync(
            "DestinationRule",
            _ns,
            "broken",
            "it being reported",
            item => item["status"]?["conditions"] is not null
        );
        Assert.Contains(
            broken["status"]!["conditions"]!.AsArray(),
            condition =>
                (string?)condition!["type"] == "Accepted" && ((string?)condition["message"])!.Contains("simpel", StringComparison.Ordinal)
        );
        Assert.Contains(
            broken["status"]!["conditions"]!.AsArray(),
            condition => (string?)condition!["type"] == "Programmed" && (string?)condition["reason"] == "NotInForce"
        );
        var sound = await _mesh.Cluster.UntilAsync(
            "DestinationRule",
            _ns,
            "sound",
            "it being reported",
            item => item["status"] is not null
        );
        Assert.Contains(
            sound["status"]!["conditions"]!.AsArray(),
            condition => (string?)condition!["type"] == "Accepted" && (string?)condition["status"] == "True"
        );
        var shown = await Meshctl.RunAsync("proxy-status", "--control-plane", _mesh.Monitoring(0));
        Assert.Contains($"DestinationRule {_ns}/broken is refused, nothing is in force instead: ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("simpel", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sound", shown.Output, StringComparison.Ordinal);
    }

    private async Task ValidateAsync()
    {
        await ConfigureAsync("Fail");
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

    // The configuration comes as it does from a file: without caBundle.
    private Task ConfigureAsync(string failurePolicy) =>
        _mesh.Cluster.ApplyAsync(
            $$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: { name: mesh-test-validator }
            webhooks:
              - name: validation.mesh.test
                admissionReviewVersions: [v1]
                sideEffects: None
                failurePolicy: {{failurePolicy}}
                timeoutSeconds: 10
                namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{_ns}} } }
                clientConfig: { url: "https://{{_mesh.Webhook}}/validate" }
                rules:
                  - { apiGroups: [networking.istio.io, security.istio.io], apiVersions: ["*"], operations: [CREATE, UPDATE, DELETE], resources: ["*"] }
            """
        );

    // A server takes a moment to see a configuration, and to ask again a webhook that was away.
    private Task RefusesAsync() =>
        Cli.Processes.Wait.UntilAsync(
            "the webhook refusing",
            TestCluster.Bound,
            async () =>
            {
                try
                {
                    await _mesh.Cluster.ApplyAsync(Rule("probe", "simpel: RANDOM"));
                    await _mesh.Cluster.DeleteAsync("DestinationRule", _ns, "probe");
                    return false;
                }
                catch (ApiException e)
                {
                    return e.Status.Message.Contains("[UnknownField]", StringComparison.Ordinal);
                }
            },
            CancellationToken.None
        );

    private string Rule(string name, string balancer, string labels = "") =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{name}}, namespace: {{_ns}}, labels: { {{labels}} } }
            spec: { host: nobody, trafficPolicy: { loadBalancer: { {{balancer}} } } }
            """;
}
