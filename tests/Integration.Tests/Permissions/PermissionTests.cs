using System.Net;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;

namespace Mesh.Integration.Tests.Permissions;

/// <summary>
/// The roles in <c>deploy/</c> against what the programs really ask of an API server that enforces them: enough, and nothing that is never asked for.
/// </summary>
public sealed class PermissionTests
{
    private const string Root = "istio-system";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_control_plane_does_all_of_its_work_with_its_role_and_uses_all_of_it()
    {
        await using var api = await ApiServer.StartAsync();
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
            ],
            Path.Combine(directory.Path, "controlplane.log")
        );
        await UntilAsync("readiness", () => Wait.AnswersAsync($"http://{monitoring}/ready", default));
        await UntilAsync("roots for the pods", () => Is(RootsOf("shop") is not null));
        await UntilAsync("the webhook's caBundle", () => Is(Webhook()?["caBundle"] is not null));
        await UntilAsync(
            "status of what users wrote",
            () =>
                Is(
                    new[] { ("networking.istio.io/v1", "VirtualService"), ("security.istio.io/v1", "PeerAuthentication") }.All(kind =>
                        api.Find(kind.Item1, kind.Item2, "shop", "books")?["status"]?["conditions"] is JsonArray { Count: > 0 }
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
            await UntilAsync("a sidecar with a certificate", () => Wait.AnswersAsync(sidecar.ReadyUrl, default));
        }

        await controlPlane.StopAsync();
        Roles.CheckUse(api);

        JsonObject? RootsOf(string ns) => api.Find("v1", "ConfigMap", ns, "istio-ca-root-cert");
        JsonNode? Webhook() =>
            api.Find("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", null, "mesh-validator")!["webhooks"]![0]![
                "clientConfig"
            ];
        Task UntilAsync(string what, Func<Task<bool>> condition) =>
            Wait.UntilAsync(
                what,
                Patience,
                () => controlPlane.HasExited ? throw new InvalidOperationException(controlPlane.Tail(40)) : condition(),
                default
            );
    }

    [Fact]
    public async Task The_injector_does_all_of_its_work_with_its_role_and_uses_all_of_it()
    {
        var forgotten = Pods.Plain("forgotten");
        forgotten["metadata"]!["namespace"] = "shop";
        await using var injector = await InjectorProcess.StartAsync(minorVersion: 32, forgotten);
        var pod = Pods.Plain();
        Assert.NotEmpty(Pods.Patch(await injector.ReviewAsync(pod, "shop")));
        await injector.UntilAsync(
            "the report of a pod without a sidecar",
            () => Is(injector.Api.Attempts.Keys.Any(one => one.Resource == "events"))
        );
        Roles.CheckUse(injector.Api);
    }

    private static Task<bool> Is(bool value) => Task.FromResult(value);

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
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: { name: books, namespace: shop }
        spec: { hosts: [ books ], http: [ { route: [ { destination: { host: books } } ] } ] }
        ---
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: { name: books, namespace: shop }
        spec: { mtls: { mode: STRICT } }
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: { name: mesh-validator }
        webhooks:
          - name: validation.mesh.test
            clientConfig: { service: { name: istiod, namespace: {{Root}} } }
        """;
}
