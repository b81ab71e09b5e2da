using System.Net;
using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;
using Mesh.Kubernetes;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Pods as the API server stores them, having asked the injector.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class ClusterInjectionTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _address = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
    private TestCluster _cluster = null!;
    private ChildProcess? _injector;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        var root = await _cluster.NamespaceAsync();
        _ns = await _cluster.NamespaceAsync("istio-injection: enabled");
        await ConfigureAsync(root);
        _injector = ChildProcess.StartDotnet(
            "injector",
            MeshBinaries.BesideThis.Injector,
            [
                "--listen",
                _address,
                "--monitoring",
                $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}",
                "--kubeconfig",
                _cluster.KubeConfigFile,
                "--namespace",
                root,
                "--service",
                root,
            ],
            Path.Combine(_directory.Path, "log")
        );
        // A server takes a moment to see a configuration and the authority in it.
        await Wait.UntilAsync(
            "the injector being asked",
            TestCluster.Bound,
            async () => (await RefusalAsync("probe")).Contains("interceptionMode", StringComparison.Ordinal),
            CancellationToken.None
        );
    }

    public async Task DisposeAsync()
    {
        await (_injector?.DisposeAsync() ?? default);
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_pod_is_stored_with_its_sidecar_and_one_that_declines_without()
    {
        var pod = await CreateAsync("web", "app: web");
        Assert.Contains("istio-proxy", Pods.NamesOf(pod, "containers").Concat(Pods.NamesOf(pod, "initContainers")));
        Assert.Contains("istio-init", Pods.NamesOf(pod, "initContainers"));
        Assert.NotNull(pod["metadata"]!["annotations"]!["sidecar.istio.io/status"]);
        var token = ((JsonArray)pod["spec"]!["volumes"]!).Single(volume => (string?)volume!["name"] == "istio-token")!;
        Assert.Equal("istio-ca", (string?)token["projected"]!["sources"]![0]!["serviceAccountToken"]!["audience"]);

        var plain = await CreateAsync("plain", "sidecar.istio.io/inject: 'false'");
        Assert.Equal(["app"], Pods.NamesOf(plain, "containers").Concat(Pods.NamesOf(plain, "initContainers")));
    }

    [Fact]
    public async Task An_injector_that_is_down_stops_pods_of_its_namespaces_and_nobody_elses()
    {
        var other = await _cluster.NamespaceAsync();
        await _injector!.DisposeAsync();
        _injector = null;
        var refused = await Assert.ThrowsAsync<ApiException>(() => CreateAsync("web", "app: web"));
        Assert.Contains("failed calling webhook \"namespace.sidecar-injector.istio.io\"", refused.Status.Message, StringComparison.Ordinal);
        await CreateAsync("declines", "sidecar.istio.io/inject: 'false'");
        await CreateAsync("web", "app: web", ns: other);
    }

    private async Task<JsonObject> CreateAsync(string name, string labels, string annotations = "", string? ns = null)
    {
        var pod = Pods.Yaml(
            $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: {{name}}, namespace: {{ns ?? _ns}}, labels: { {{labels}} }, annotations: { {{annotations}} } }
            spec: { containers: [{ name: app, image: none.test/app }] }
            """
        );
        var stored = await _cluster.Client.CreateAsync(TestCluster.Resource("Pod"), ns ?? _ns, TestCluster.Bytes(pod));
        return (JsonObject)JsonNode.Parse(stored.Json.Span)!;
    }

    /// <summary>What is said of a pod with a mistake; empty where it is let in.</summary>
    private async Task<string> RefusalAsync(string name)
    {
        try
        {
            await CreateAsync(name, "app: web", "sidecar.istio.io/interceptionMode: REDIRCT");
            await _cluster.DeleteAsync("Pod", _ns, name);
            return "";
        }
        catch (ApiException e)
        {
            return e.Status.Message;
        }
    }

    // As deploy/base has it, for one namespace of this test, and by URL.
    private async Task ConfigureAsync(string root)
    {
        await _cluster.ApplyAsync(
            $$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: { name: {{root}} }
            webhooks:
              - name: namespace.sidecar-injector.istio.io
                admissionReviewVersions: [v1]
                sideEffects: None
                failurePolicy: Fail
                reinvocationPolicy: IfNeeded
                timeoutSeconds: 10
                namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{_ns}} } }
                objectSelector: { matchExpressions: [{ key: sidecar.istio.io/inject, operator: NotIn, values: ["false"] }] }
                clientConfig: { url: "https://{{_address}}/inject" }
                rules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
            """
        );
        _cluster.Forget("MutatingWebhookConfiguration", root);
    }
}
