using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Cli.Install;
using Mesh.Injector.Deciding;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Mesh.Tests;

namespace Mesh.Cli.Tests.Install;

/// <summary>The commands that install, against an API server.</summary>
#pragma warning disable CA1001 // disposed by DisposeAsync, which xunit calls
public sealed class InstallTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly StringWriter _output = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new(new ClusterAccess { Server = _server.Address }, "tests/1");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _output.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_applied_is_found_and_what_does_not_work_yet_is_told()
    {
        var manifests = ManifestSet.Load("demo", "default", null, null);
        Assert.Equal(0, await InstallCommand.ApplyAsync(_client, manifests, _output, default));
        _server.Store.Update(ServedKind.Definitions, null, manifests[0].Name, status: true, _ => new() { ["status"] = new JsonObject() });

        Assert.Equal(1, await VerifyInstallCommand.VerifyAsync(_client, manifests, _output, default));
        Assert.Contains("0 of 1 replicas are available", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("is not established", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("have no caBundle yet", _output.ToString(), StringComparison.Ordinal);

        Settle(manifests);
        Assert.Equal(0, await VerifyInstallCommand.VerifyAsync(_client, manifests, TextWriter.Null, default));

        _server.Delete("v1", "Service", "istio-system", "istiod");
        Assert.Equal(1, await VerifyInstallCommand.VerifyAsync(_client, manifests, TextWriter.Null, default));
    }

    [Fact]
    public async Task Definitions_that_are_there_stay_as_they_are_and_applying_again_changes_nothing()
    {
        var manifests = ManifestSet.Load("demo", "default", null, null);
        var theirs = (JsonObject)manifests[0].Value.DeepClone();
        theirs["metadata"]!["labels"] = new JsonObject { ["from"] = "istio" };
        _server.Put(theirs);

        Assert.Equal(0, await InstallCommand.ApplyAsync(_client, manifests, _output, default));
        var version = _server.Store.Version;
        Assert.Equal(0, await InstallCommand.ApplyAsync(_client, manifests, TextWriter.Null, default));

        Assert.Equal(version, _server.Store.Version);
        Assert.Contains($"{manifests[0]}: left as it is", _output.ToString(), StringComparison.Ordinal);
        var kept = await _client.GetAsync(manifests[0].Resource, null, manifests[0].Name);
        Assert.Equal("istio", (string?)JsonNode.Parse(kept!.Json.Span)!["metadata"]!["labels"]!["from"]);
    }

    [Fact]
    public async Task A_check_beforehand_names_everything_that_stands_in_the_way()
    {
        var manifests = ManifestSet.Load("demo", "default", null, null);
        Assert.Equal(0, await PrecheckCommand.CheckAsync(_client, manifests, _output, default));
        Assert.Equal("The mesh can be installed here.\n", _output.ToString().ReplaceLineEndings("\n"));

        _server.Forbidden.Add("clusterroles");
        var old = (JsonObject)manifests[0].Value.DeepClone();
        old["spec"]!["versions"]!.AsArray().RemoveAt(0);
        old["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Established", ["status"] = "True" }) };
        _server.Put(
            old,
            Object(
                "v1",
                "Namespace",
                "shop",
                new() { ["istio-injection"] = "enabled", ["pod-security.kubernetes.io/enforce"] = "restricted" }
            ),
            Injector("another-injector"),
            PodWithStatus("shop", "web-1", """{"interceptionMode":"NONE","inboundProtected":false}"""),
            PodWithStatus("shop", "api-1", """{"interceptionMode":"NONE","inboundProtected":false}"""),
            PodWithStatus("shop", "captured-1", """{"interceptionMode":"REDIRECT","inboundProtected":true}"""),
            PodWithStatus("shop", "others-1", "of another mesh")
        );

        Assert.Equal(1, await PrecheckCommand.CheckAsync(_client, manifests, _output, default));
        var text = _output.ToString();
        Assert.Contains("error: you may not create clusterroles.rbac.authorization.k8s.io", text, StringComparison.Ordinal);
        Assert.Contains($"error: definition {manifests[0].Name} does not serve v1", text, StringComparison.Ordinal);
        Assert.Contains("note: namespace shop forbids NET_ADMIN", text, StringComparison.Ordinal);
        Assert.Contains("note: policy does not protect what comes in to these pods of namespace shop", text, StringComparison.Ordinal);
        Assert.Contains("inbound: api-1, web-1\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("note: another-injector injects by the label istio-injection too", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_is_too_old_for_a_kind_is_told_before_anything_is_made()
    {
        _server.MinorVersion = 20;
        var small = ManifestSet.Load("demo", "default", null, null);
        Assert.Equal(0, await PrecheckCommand.CheckAsync(_client, small, _output, default));
        Assert.Equal(1, await PrecheckCommand.CheckAsync(_client, ManifestSet.Load("production", "default", null, null), _output, default));
        Assert.Equal(0, await InstallCommand.ApplyAsync(_client, small, _output, default));
        var text = _output.ToString();
        Assert.Contains("error: the cluster has no PodDisruptionBudget of policy/v1; upgrade it", text, StringComparison.Ordinal);
        Assert.Contains("error: the cluster has no HorizontalPodAutoscaler of autoscaling/v2; upgrade it", text, StringComparison.Ordinal);
    }

    [PeerFact("program:kubectl")]
    public async Task Kubectl_takes_what_is_printed()
    {
        var file = Path.GetTempFileName();
        try
        {
            var manifests = ManifestSet.Load("production", "default", null, null);
            await File.WriteAllTextAsync(file, string.Join("---\n", manifests.Select(manifest => manifest.Yaml)));
            var start = new ProcessStartInfo(
                Peers.FindProgram("kubectl")!,
                ["--server", _server.Address.ToString().TrimEnd('/'), "apply", "--server-side", "--validate=false", "-f", file]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var kubectl = Process.Start(start)!;
            var errors = kubectl.StandardError.ReadToEndAsync();
            await kubectl.StandardOutput.ReadToEndAsync();
            await kubectl.WaitForExitAsync();

            Assert.True(kubectl.ExitCode == 0, await errors);
            Settle(manifests);
            Assert.Equal(0, await VerifyInstallCommand.VerifyAsync(_client, manifests, TextWriter.Null, default));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // What controllers, the API server and the mesh itself write.
    private void Settle(IEnumerable<Manifest> manifests)
    {
        foreach (var manifest in manifests)
        {
            var value = (JsonObject)manifest.Value.DeepClone();
            switch (manifest.Kind)
            {
                case "Deployment":
                    value["status"] = new JsonObject { ["availableReplicas"] = value["spec"]!["replicas"]!.GetValue<long>() };
                    break;
                case "CustomResourceDefinition":
                    value["status"] = new JsonObject
                    {
                        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Established", ["status"] = "True" }),
                    };
                    break;
                case "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration":
                    foreach (var webhook in value["webhooks"]!.AsArray())
                    {
                        webhook!["clientConfig"]!["caBundle"] = "Y2VydA==";
                    }

                    break;
                default:
                    continue;
            }

            var kind = ServedKind.All.Single(served => served.Kind == manifest.Kind);
            _server.Store.Update(kind, manifest.Namespace, manifest.Name, status: value["status"] is not null, _ => value);
        }
    }

    private static JsonObject Object(string apiVersion, string kind, string name, JsonObject labels) =>
        new()
        {
            ["apiVersion"] = apiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels },
        };

    private static JsonObject PodWithStatus(string ns, string name, string status)
    {
        var pod = Object("v1", "Pod", name, []);
        pod["metadata"]!["namespace"] = ns;
        pod["metadata"]!["annotations"] = new JsonObject { [MeshLabels.Status] = status };
        return pod;
    }

    private static JsonObject Injector(string name)
    {
        var value = Object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", name, []);
        value["webhooks"] = new JsonArray(
            new JsonObject
            {
                ["name"] = "namespace.example.com",
                ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["istio-injection"] = "enabled" } },
            }
        );
        return value;
    }
}
