using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Mesh.Cli.Install;
using Mesh.Tests;

namespace Mesh.Cli.Tests.Install;

public sealed class ManifestSetTests
{
    [PeerTheory("program:kubectl")]
    [InlineData("demo")]
    [InlineData("production")]
    public void What_is_carried_is_what_kustomize_makes_of_the_overlay(string overlay)
    {
        var folder = Path.GetFullPath(Path.Combine(Here(), $"../../../deploy/overlays/{overlay}"));
        using var kubectl = Process.Start(
            new ProcessStartInfo(Peers.FindProgram("kubectl")!, ["kustomize", folder]) { RedirectStandardOutput = true }
        )!;
        var rendered = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        Assert.Equal(0, kubectl.ExitCode);

        var made = rendered.Split("\n---\n").Where(text => !text.Contains("\nkind: CustomResourceDefinition\n", StringComparison.Ordinal));
        var path = Path.GetFullPath(Path.Combine(Here(), $"../../../deploy/rendered/{overlay}.yaml"));
        var carried = File.ReadAllText(path).Split("\n---\n").Where(text => text.Length > 0);
        Assert.True(
            made.Select(text => text.TrimEnd()).SequenceEqual(carried.Select(text => text.TrimEnd())),
            $"{path} is old: run make manifests"
        );
    }

    [Theory]
    [InlineData("demo", 1)]
    [InlineData("production", 3)]
    public void Definitions_come_first_and_webhooks_last(string overlay, int replicas)
    {
        var manifests = ManifestSet.Load(overlay, "default", null, null);

        Assert.Equal("CustomResourceDefinition", manifests[0].Kind);
        Assert.Equal("MutatingWebhookConfiguration", manifests[^1].Kind);
        var kinds = manifests.Select(manifest => manifest.Kind).ToList();
        Assert.True(kinds.IndexOf("Namespace") < kinds.IndexOf("ServiceAccount"));
        Assert.All(
            manifests.Where(manifest => manifest.Kind == "Deployment"),
            deployment => Assert.Equal(replicas, deployment.Value["spec"]!["replicas"]!.GetValue<long>())
        );
        Assert.All(manifests.Where(manifest => manifest.Resource.Namespaced), manifest => Assert.Equal("istio-system", manifest.Namespace));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("canary")]
    public void No_webhook_is_asked_about_pods_of_the_system(string revision)
    {
        var webhooks = ManifestSet
            .Load("production", revision, null, null)
            .Single(manifest => manifest.Kind == "MutatingWebhookConfiguration")
            .Value["webhooks"]!.AsArray();
        Assert.NotEmpty(webhooks);
        foreach (var webhook in webhooks)
        {
            var named = webhook!["namespaceSelector"]!["matchExpressions"]!
                .AsArray()
                .Single(expression => expression!["key"]!.GetValue<string>() == "kubernetes.io/metadata.name")!;
            Assert.Equal("NotIn", named["operator"]!.GetValue<string>());
            var names = named["values"]!.AsArray().Select(value => value!.GetValue<string>()).ToList();
            Assert.Superset(new HashSet<string> { "kube-system", "istio-system" }, names.ToHashSet());
        }
    }

    [Fact]
    public void Images_come_from_the_registry_asked_for()
    {
        var text = string.Concat(ManifestSet.Load("demo", "default", "reg.example/team", "1.2").Select(manifest => manifest.Yaml));

        foreach (var program in new[] { "proxy", "controlplane", "injector" })
        {
            Assert.Contains($"image: reg.example/team/{program}:1.2", text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("mesh/proxy:latest", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_revision_shares_nothing_but_definitions_namespace_and_authority_with_the_first()
    {
        var first = ManifestSet.Load("demo", "default", null, null);
        var second = ManifestSet.Load("demo", "canary", null, null);

        var shared = first.Select(manifest => manifest.ToString()).Intersect(second.Select(manifest => manifest.ToString())).ToList();
        Assert.All(
            shared,
            name =>
                Assert.True(
                    name.StartsWith("customresourcedefinitions", StringComparison.Ordinal)
                        || name.StartsWith("namespaces", StringComparison.Ordinal)
                        // The mesh's own settings hold for every revision.
                        || name == "configmaps istio-system/istio",
                    name
                )
        );

        var injector = second.Single(manifest =>
            manifest.ToString().EndsWith("/istio-sidecar-injector-canary", StringComparison.Ordinal) && manifest.Kind == "Deployment"
        );
        Assert.Contains(
            "- --revision\n        - canary",
            injector.Yaml.Replace("        -", "        -", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        var controlPlane = second.Single(manifest => manifest.Name == "istiod-canary" && manifest.Kind == "Deployment");
        Assert.Contains("istiod-canary.istio-system.svc", controlPlane.Yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("--webhook", controlPlane.Yaml, StringComparison.Ordinal);
        Assert.Contains("mesh-authority", string.Concat(second.Select(manifest => manifest.Yaml)), StringComparison.Ordinal);

        var webhooks = second.Single(manifest => manifest.Kind == "MutatingWebhookConfiguration");
        Assert.Equal(
            ["rev.namespace.sidecar-injector.istio.io", "rev.object.sidecar-injector.istio.io"],
            webhooks.Value["webhooks"]!.AsArray().Select(webhook => webhook!["name"]!.GetValue<string>())
        );
        Assert.DoesNotContain("default", webhooks.Yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_name_that_an_object_refers_to_is_there()
    {
        foreach (var revision in new[] { "default", "canary" })
        {
            var manifests = ManifestSet.Load("production", revision, null, null);
            Assert.All(
                manifests.Where(manifest => manifest.Kind is "RoleBinding" or "ClusterRoleBinding"),
                binding =>
                {
                    Named(manifests, binding.Value["roleRef"]!["kind"]!, binding.Value["roleRef"]!["name"]!);
                    Named(manifests, "ServiceAccount", binding.Value["subjects"]![0]!["name"]!);
                }
            );
            foreach (var deployment in manifests.Where(manifest => manifest.Kind == "Deployment"))
            {
                var pod = deployment.Value["spec"]!["template"]!;
                Named(manifests, "ServiceAccount", pod["spec"]!["serviceAccountName"]!);
                Assert.All(
                    pod["spec"]!["volumes"]?.AsArray() ?? [],
                    volume => Named(manifests, "ConfigMap", volume!["configMap"]!["name"]!)
                );
                // A Service, a budget and a policy select its pods.
                foreach (var kind in new[] { "Service", "PodDisruptionBudget", "NetworkPolicy" })
                {
                    var app = pod["metadata"]!["labels"]!["app"]!.GetValue<string>();
                    Assert.Contains(
                        manifests,
                        manifest =>
                            manifest.Kind == kind
                            && manifest.Value["spec"]!.ToJsonString().Contains($"\"app\":\"{app}\"", StringComparison.Ordinal)
                    );
                }
            }

            var webhooks = manifests.Where(manifest => manifest.Kind.EndsWith("WebhookConfiguration", StringComparison.Ordinal));
            Assert.All(
                webhooks.SelectMany(manifest => manifest.Value["webhooks"]!.AsArray()),
                webhook => Named(manifests, "Service", webhook!["clientConfig"]!["service"]!["name"]!)
            );
        }
    }

    private static void Named(IEnumerable<Manifest> manifests, JsonNode kind, JsonNode name) =>
        Assert.Contains(manifests, manifest => manifest.Kind == kind.GetValue<string>() && manifest.Name == name.GetValue<string>());

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
