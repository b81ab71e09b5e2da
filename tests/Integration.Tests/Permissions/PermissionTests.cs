using System.Net;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Processes;
using Mesh.ControlPlane;
using Mesh.ControlPlane.Identity;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.Integration.Tests.Permissions;

/// <summary>
/// The roles in <c>deploy/</c> against what the programs really ask of an API server that enforces them: enough, and nothing that is never asked for.
/// </summary>
public sealed class PermissionTests
{
    private const string Root = "istio-system";

    [Fact]
    public async Task The_control_plane_does_all_of_its_work_with_its_role_and_uses_all_of_it()
    {
        await using var api = await ApiServer.StartAsync();
        await SeedAsync(api);
        api.Access = Roles.ControlPlane();
        api.ServiceAccountTokens["token-of-client"] = new("shop", "client", ["istio-ca"], "client-1");
        api.PutYaml(Objects);
        using var directory = new TemporaryDirectory();
        Roles.WriteKubeConfig(directory, api);
        string Free() => $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        var (secureAds, monitoring) = (Free(), Free());
        await using var controlPlane = ChildProcess.StartDotnet(
            "controlplane",
            MeshBinaries.BesideThis.ControlPlane,
            [
                "--kubeconfig",
                Path.Combine(directory.Path, "kubeconfig"),
                "--ads",
                Free(),
                "--secure-ads",
                secureAds,
                "--monitoring",
                monitoring,
                "--webhook",
                Free(),
                "--drain-time",
                "0s",
            ],
            Path.Combine(directory.Path, "controlplane.log")
        );
        await controlPlane.ReadyAsync($"http://{monitoring}/ready");
        await controlPlane.UntilAsync("roots for the pods", () => Is(RootsOf("shop") is not null));
        await controlPlane.UntilAsync("the webhook's caBundle", () => Is(Webhook()?["caBundle"] is not null));
        await controlPlane.UntilAsync(
            "status of what users wrote",
            () =>
                Is(
                    YamlObjects
                        .Read(MeshObjects)
                        .All(item =>
                            api.Find((string)item["apiVersion"]!, (string)item["kind"]!, "shop", "books")?["status"]?["conditions"]
                                is JsonArray { Count: > 0 }
                        )
                )
        );

        // A Secret that somebody removes is made anew, here as soon as the webhook's configuration is looked at.
        api.Delete("v1", "Secret", Root, ClusterPlane.WebhookSecret);
        api.PutYaml(Configuration);
        await controlPlane.UntilAsync(
            "the webhook's certificate again",
            () => Is(api.Find("v1", "Secret", Root, ClusterPlane.WebhookSecret) is not null)
        );
        await controlPlane.UntilAsync(
            "a Lease that is renewed",
            () =>
                Is(
                    api.Requests.Any(one =>
                        one.StartsWith("PUT", StringComparison.Ordinal) && one.Contains("/leases/", StringComparison.Ordinal)
                    )
                )
        );

        directory.Write("root-cert.pem", (string)RootsOf("shop")!["data"]!["root-cert.pem"]!);
        directory.Write("token", "token-of-client");
        var address = LoopbackSubnet.NextAddress();
        await using (var sidecar = new Sidecar("client-1", "shop", address, directory.Path))
        {
            sidecar.Start(
                [
                    "--secure-ads",
                    secureAds,
                    "--mesh-root",
                    Path.Combine(directory.Path, "root-cert.pem"),
                    "--token",
                    Path.Combine(directory.Path, "token"),
                    "--service-account",
                    "client",
                ],
                []
            );
            await controlPlane.UntilAsync("a sidecar with a certificate", () => Wait.AnswersAsync(sidecar.ReadyUrl, default));
        }

        await controlPlane.StopAsync();
        Roles.CheckUse(api);

        JsonObject? RootsOf(string ns) => api.Find("v1", "ConfigMap", ns, "istio-ca-root-cert");
        JsonNode? Webhook() =>
            api.Find("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", null, "mesh-validator")!["webhooks"]![0]![
                "clientConfig"
            ];
    }

    [Fact]
    public async Task The_injector_does_all_of_its_work_with_its_role_and_uses_all_of_it()
    {
        var forgotten = Pods.Plain("forgotten");
        forgotten["metadata"]!["namespace"] = "shop";
        var secret = YamlObjects.Read(Unreadable("istio-sidecar-injector-cert")).Single();
        await using var injector = await InjectorProcess.StartAsync(minorVersion: 32, forgotten, secret);
        var pod = Pods.Plain();
        Assert.NotEmpty(Pods.Patch(await injector.ReviewAsync(pod, "shop")));
        // That a namespace has not opted in may be older than the API server's reason to ask: it is looked at again.
        await injector.ReviewAsync(pod, "quiet");
        injector.Api.Delete("v1", "Secret", Root, "istio-sidecar-injector-cert");
        injector.Api.PutYaml(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: { name: istio-sidecar-injector }
            webhooks: [{ name: all.sidecar-injector.mesh.test, clientConfig: { service: { name: istio-sidecar-injector, namespace: istio-system } } }]
            """
        );
        await injector.UntilAsync(
            "the certificate again",
            () => Is(injector.Find("v1", "Secret", Root, "istio-sidecar-injector-cert") is not null)
        );
        await injector.UntilAsync(
            "the report of a pod without a sidecar",
            () => Is(injector.Api.Attempts.Keys.Any(one => one.Resource == "events"))
        );
        Roles.CheckUse(injector.Api);
    }

    // An authority that is to be changed, and a certificate that cannot be used.
    private static async Task SeedAsync(ApiServer api)
    {
        using var client = new KubernetesClient(new ClusterAccess { Server = api.Address }, "tests/1");
        var brief = AuthorityState.Create("cluster.local", TimeSpan.FromHours(1), TimeProvider.System.GetUtcNow());
        Assert.True(await new SecretAuthorityStore(client, Root).TryWriteAsync(null, brief));
        api.PutYaml(Unreadable(ClusterPlane.WebhookSecret));
        api.PutYaml(Configuration);
        api.PutYaml(MeshObjects);
    }

    private static string Unreadable(string name) =>
        $"{{ apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {{ name: {name}, namespace: {Root} }}, data: {{ tls.crt: bm9uZQ== }} }}";

    private static Task<bool> Is(bool value) => Task.FromResult(value);

    private const string MeshObjects = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: { name: books, namespace: shop }
        spec: { hosts: [ books ], http: [ { route: [ { destination: { host: books } } ] } ] }
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: { name: books, namespace: shop }
        spec: { host: books }
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: { name: books, namespace: shop }
        spec: { hosts: [ books.test ], ports: [ { number: 80, name: http, protocol: HTTP } ], resolution: DNS }
        ---
        apiVersion: networking.istio.io/v1
        kind: WorkloadEntry
        metadata: { name: books, namespace: shop }
        spec: { address: 10.0.0.8 }
        ---
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: { name: books, namespace: shop }
        spec: { egress: [ { hosts: [ "./*" ] } ] }
        ---
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: { name: books, namespace: shop }
        spec: { servers: [ { port: { number: 80, name: http, protocol: HTTP }, hosts: [ books.test ] } ] }
        ---
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: { name: books, namespace: shop }
        spec: { mtls: { mode: STRICT } }
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: { name: books, namespace: shop }
        spec: { rules: [ { from: [ { source: { namespaces: [ shop ] } } ] } ] }
        ---
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: { name: books, namespace: shop }
        spec: {}
        """;

    private const string Configuration = $$"""
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: { name: mesh-validator }
        webhooks:
          - name: validation.mesh.test
            clientConfig: { service: { name: istiod, namespace: {{Root}} } }
        """;

    private const string Objects = $$"""
        apiVersion: v1
        kind: Namespace
        metadata: { name: {{Root}} }
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop, labels: { istio-injection: enabled } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: books, namespace: shop }
        spec: { clusterIP: 10.96.0.7, selector: { app: books }, ports: [ { name: http, port: 80, targetPort: 8080 } ] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: client-1, namespace: shop, labels: { app: client } }
        spec: { serviceAccountName: client, nodeName: one }
        status: { phase: Running, podIP: 10.0.0.9 }
        """;
}
