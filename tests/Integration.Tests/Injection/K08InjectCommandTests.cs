using System.Text.Json.Nodes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Injection;

/// <summary>K08: <c>meshctl inject -f</c> gives what the webhook would.</summary>
public sealed class K08InjectCommandTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    private const string Deployment = """
        # The shop's front.
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          namespace: shop
        spec:
          replicas: 2
          template:
            metadata:
              labels: {app: web, version: v2}
              annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "5432"}
            spec:
              terminationGracePeriodSeconds: 60
              containers:
                - name: web
                  image: registry.example/web:2
                  readinessProbe:
                    httpGet: {path: /ready, port: 8080}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop} # stays as it is
        spec:
          ports: [{port: 80}]
        """;

    [Fact]
    public async Task A_deployments_pods_are_those_of_the_webhook()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("deployment.yaml", Deployment);
        var result = await Meshctl.RunAsync(
            "inject",
            "-f",
            Path.Combine(directory.Path, "deployment.yaml"),
            "--kubeconfig",
            fixture.Injector.KubeConfig
        );
        Assert.True(result.ExitCode == 0, result.Error);
        var documents = result.Output.Split("\n---\n");
        var injected = Pods.Yaml(documents[0]);
        Assert.Contains("# stays as it is", documents[1], StringComparison.Ordinal);

        // What the ReplicaSet controller creates of the template.
        var pod = (JsonObject)Pods.Yaml(Deployment.Split("\n---\n")[0])["spec"]!["template"]!.DeepClone();
        pod["apiVersion"] = "v1";
        pod["kind"] = "Pod";
        pod["metadata"]!["generateName"] = "web-7c4b9d-";
        pod["metadata"]!["labels"]!["pod-template-hash"] = "7c4b9d";
        pod["metadata"]!["ownerReferences"] = Pods.Yaml(
            "list: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-7c4b9d, uid: u, controller: true}]"
        )["list"]!.DeepClone();
        var patched = Pods.Patched(pod, await fixture.Injector.ReviewAsync(pod, "shop"));

        var template = injected["spec"]!["template"]!;
        AssertSame(patched["spec"], template["spec"]);
        AssertSame(patched["metadata"]!["annotations"], template["metadata"]!["annotations"]);
        var labels = (JsonObject)patched["metadata"]!["labels"]!;
        labels.Remove("pod-template-hash");
        AssertSame(labels, template["metadata"]!["labels"]);

        // And the webhook finds nothing left to do.
        pod["spec"] = template["spec"]!.DeepClone();
        pod["metadata"]!["labels"] = template["metadata"]!["labels"]!.DeepClone();
        pod["metadata"]!["annotations"] = template["metadata"]!["annotations"]!.DeepClone();
        Assert.Empty(Pods.Patch(await fixture.Injector.ReviewAsync(pod, "shop")));
    }

    [Fact]
    public async Task Pods_that_cannot_be_injected_fail_the_command_and_nothing_is_printed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("deployment.yaml", Deployment.Replace("\"5432\"", "database", StringComparison.Ordinal));
        var result = await Meshctl.RunAsync("inject", "-f", Path.Combine(directory.Path, "deployment.yaml"), "--native-sidecar", "true");
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(
            "Deployment shop/web: metadata.annotations[traffic.sidecar.istio.io/excludeOutboundPorts]: \"database\"",
            result.Error,
            StringComparison.Ordinal
        );
    }

    private static void AssertSame(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected?.ToJsonString()}\n{actual?.ToJsonString()}");
}
