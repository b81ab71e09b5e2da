using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Permissions;

namespace Mesh.Integration.Tests.Injection;

/// <summary>A real injector process with an API server's double, asked as an API server asks: over TLS that the webhook's <c>caBundle</c> vouches for.</summary>
internal sealed class InjectorProcess : IAsyncDisposable
{
    private const string Host = "istio-sidecar-injector.istio-system.svc";

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.On(IPAddress.Loopback);
    private readonly int _monitoring = FreePort.On(IPAddress.Loopback);
    private ChildProcess? _process;
    private int _reviews;

    private InjectorProcess(ApiServer api) => Api = api;

    public ApiServer Api { get; }

    public int Id => _process!.Id;

    public string KubeConfig => Path.Combine(_directory.Path, "kubeconfig");

    public static Task<InjectorProcess> StartAsync(int minorVersion, params JsonObject[] objects) =>
        StartAsync(minorVersion, "0s", objects);

    /// <param name="drainTime">How long it answers after SIGTERM.</param>
    public static async Task<InjectorProcess> StartAsync(int minorVersion, string drainTime, params JsonObject[] objects)
    {
        var injector = new InjectorProcess(await ApiServer.StartAsync());
        injector.Api.MinorVersion = minorVersion;
        injector.Api.Put([
            Namespace("shop", "istio-injection: enabled"),
            Namespace("canary", "istio.io/rev: canary"),
            Namespace("quiet"),
            Namespace("strict", "istio-injection: enabled", "pod-security.kubernetes.io/enforce: restricted"),
            Webhook(),
            .. objects,
        ]);
        injector.Api.Access = Roles.Injector();
        Roles.WriteKubeConfig(injector._directory, injector.Api);
        injector._process = ChildProcess.StartDotnet(
            "injector",
            MeshBinaries.BesideThis.Injector,
            [
                "--listen",
                $"127.0.0.1:{injector._port}",
                "--monitoring",
                $"127.0.0.1:{injector._monitoring}",
                "--kubeconfig",
                injector.KubeConfig,
                "--drain-time",
                drainTime,
            ],
            Path.Combine(injector._directory.Path, "log")
        );
        await injector.UntilAsync(
            "the injector is ready",
            () => Wait.AnswersAsync($"http://127.0.0.1:{injector._monitoring}/ready", default)
        );
        await injector.UntilAsync("caBundle is written", () => Task.FromResult(injector.Bundle is { Length: > 0 }));
        return injector;
    }

    /// <summary>PEM of the authorities that the API server is told to trust.</summary>
    public string? Bundle
    {
        get
        {
            var client = Find("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", null, "istio-sidecar-injector")![
                "webhooks"
            ]![0]!["clientConfig"]!;
            return client["caBundle"] is { } bundle ? Encoding.UTF8.GetString(Convert.FromBase64String((string)bundle!)) : null;
        }
    }

    public JsonObject? Find(string apiVersion, string kind, string? ns, string name) =>
        Api.Store.Find(ApiServer.KindOf(apiVersion, kind), ns, name);

    /// <summary>The response to a review of an object that is being created.</summary>
    public async Task<JsonObject> ReviewAsync(JsonObject value, string ns)
    {
        var uid = $"review-{Interlocked.Increment(ref _reviews)}";
        var review = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["uid"] = uid,
                ["kind"] = new JsonObject
                {
                    ["group"] = "",
                    ["version"] = "v1",
                    ["kind"] = value["kind"]!.DeepClone(),
                },
                ["operation"] = "CREATE",
                ["namespace"] = ns,
                ["object"] = value.DeepClone(),
            },
        };
        var answer = JsonNode.Parse(await PostAsync(review.ToJsonString()))!;
        Assert.Equal("AdmissionReview", (string)answer["kind"]!);
        var response = (JsonObject)answer["response"]!;
        Assert.Equal(uid, (string)response["uid"]!);
        return response;
    }

    /// <summary>What curl prints: the answer's body, or an error where TLS or HTTP failed.</summary>
    public Task<string> PostAsync(string body, params string[] more)
    {
        _directory.Write("ca.pem", Bundle!);
        _directory.Write("body.json", body);
        return Curl.RunAsync([
            "-sS",
            "--cacert",
            Path.Combine(_directory.Path, "ca.pem"),
            "--resolve",
            $"{Host}:{_port}:127.0.0.1",
            "-H",
            "Content-Type: application/json",
            "--data-binary",
            "@" + Path.Combine(_directory.Path, "body.json"),
            .. more,
            $"https://{Host}:{_port}/inject?timeout=5s",
        ]);
    }

    public async Task<string> MetricsAsync() => await Wait.TextAsync($"http://127.0.0.1:{_monitoring}/metrics", default) ?? "";

    public Task<bool> IsReadyAsync() => Wait.AnswersAsync($"http://127.0.0.1:{_monitoring}/ready", default);

    /// <summary>Asks it to end; completes when it has.</summary>
    public Task StopAsync() => _process!.StopAsync();

    public Task UntilAsync(string what, Func<Task<bool>> condition) => _process!.UntilAsync(what, condition);

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? default);
        await Api.DisposeAsync();
        _directory.Dispose();
    }

    public static JsonObject Namespace(string name, params string[] labels) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject(labels.Select(l => l.Split(": ")).Select(l => KeyValuePair.Create(l[0], (JsonNode?)l[1]))),
            },
        };

    private static JsonObject Webhook() =>
        new()
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "MutatingWebhookConfiguration",
            ["metadata"] = new JsonObject { ["name"] = "istio-sidecar-injector" },
            ["webhooks"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "namespace.sidecar-injector.istio.io",
                    ["clientConfig"] = new JsonObject { ["service"] = new JsonObject { ["name"] = "istio-sidecar-injector" } },
                }
            ),
        };
}
