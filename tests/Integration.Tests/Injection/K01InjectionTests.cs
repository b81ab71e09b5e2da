using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;

namespace Mesh.Integration.Tests.Injection;

/// <summary>K01: who gets a sidecar, asked of a real injector as an API server asks.</summary>
public sealed class K01InjectionTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    private InjectorProcess Injector => fixture.Injector;

    [Fact]
    public async Task A_pod_of_an_opted_in_namespace_gets_init_and_proxy()
    {
        var pod = Pods.Plain();
        var patched = Pods.Patched(pod, await Injector.ReviewAsync(pod, "shop"));
        Assert.Equal(["istio-init", "istio-proxy"], Pods.NamesOf(patched, "initContainers"));
        Assert.Equal(["web"], Pods.NamesOf(patched, "containers"));
        Assert.Equal("istio", (string?)patched["metadata"]!["labels"]!["security.istio.io/tlsMode"]);
        Assert.NotNull(patched["metadata"]!["annotations"]!["sidecar.istio.io/status"]);
    }

    [Fact]
    public void The_injector_watches_no_folders()
    {
        // .NET's web host would watch everything below the working directory: in a container the whole root.
        var descriptors = Directory.EnumerateFiles($"/proc/{Injector.Id}/fdinfo").ToList();
        Assert.NotEmpty(descriptors);
        Assert.DoesNotContain(descriptors, file => Read(file).Contains("inotify", StringComparison.Ordinal));

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                // Closed in between.
                return "";
            }
        }
    }

    [Fact]
    public async Task Injecting_twice_changes_nothing()
    {
        var pod = Pods.Plain(container: "readinessProbe:\n  httpGet: {path: /ready, port: 8080}");
        var patched = Pods.Patched(pod, await Injector.ReviewAsync(pod, "shop"));
        Assert.Empty(Pods.Patch(await Injector.ReviewAsync(patched, "shop")));
    }

    [Fact]
    public async Task The_workload_itself_is_not_changed()
    {
        var deployment = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = "web" },
            ["spec"] = new JsonObject { ["template"] = Pods.Plain() },
        };
        AssertLeftAlone(await Injector.ReviewAsync(deployment, "shop"));
    }

    [Theory]
    [InlineData("shop", "sidecar.istio.io/inject: \"false\"", false)]
    [InlineData("quiet", "sidecar.istio.io/inject: \"true\"", true)]
    [InlineData("quiet", "app: web", false)]
    [InlineData("canary", "app: web", false)]
    [InlineData("quiet", "istio.io/rev: default", true)]
    [InlineData("kube-system", "sidecar.istio.io/inject: \"true\"", false)]
    [InlineData("istio-system", "sidecar.istio.io/inject: \"true\"", false)]
    public async Task The_pods_label_wins_both_ways_and_system_namespaces_are_left_alone(string ns, string label, bool injected)
    {
        var response = await Injector.ReviewAsync(Pods.Plain(metadata: $"labels:\n  {label}"), ns);
        Assert.Equal(injected, Pods.Patch(response).Count > 0);
        Assert.True((bool)response["allowed"]!);
    }

    [Fact]
    public async Task A_pod_on_the_hosts_network_is_left_alone() =>
        AssertLeftAlone(await Injector.ReviewAsync(Pods.Plain(spec: "hostNetwork: true"), "shop"));

    [Fact]
    public async Task A_namespace_that_was_opted_in_a_moment_ago_counts_at_once()
    {
        Injector.Api.Put(InjectorProcess.Namespace("late"));
        AssertLeftAlone(await Injector.ReviewAsync(Pods.Plain(), "late"));
        Injector.Api.Put(InjectorProcess.Namespace("late", "istio-injection: enabled"));
        Assert.NotEmpty(Pods.Patch(await Injector.ReviewAsync(Pods.Plain(), "late")));
    }

    [Fact]
    public async Task Everything_that_is_wrong_in_annotations_is_said_at_once()
    {
        var response = await Injector.ReviewAsync(
            Pods.Plain(
                metadata: """
                annotations:
                  sidecar.istio.io/proxyCPU: lots
                  traffic.sidecar.istio.io/excludeOutboundPorts: "70000"
                """
            ),
            "shop"
        );
        Assert.False((bool)response["allowed"]!);
        var message = (string)response["status"]!["message"]!;
        Assert.Contains("metadata.annotations[sidecar.istio.io/proxyCPU]: \"lots\"", message, StringComparison.Ordinal);
        Assert.Contains(
            "metadata.annotations[traffic.sidecar.istio.io/excludeOutboundPorts]: \"70000\"",
            message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}""")]
    [InlineData("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"1"}}""")]
    [InlineData("""{"kind":"AdmissionReview","kind":"AdmissionReview"}""")]
    public async Task What_is_no_review_is_refused(string body) =>
        Assert.EndsWith(" 400", await Injector.PostAsync(body, "-w", " %{http_code}"), StringComparison.Ordinal);

    [Fact]
    public async Task A_body_that_is_too_large_is_refused() =>
        Assert.EndsWith(
            " 413",
            await Injector.PostAsync(new string(' ', 9 * 1024 * 1024), "-w", " %{http_code}"),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_bundle_that_somebody_overwrote_is_written_again()
    {
        var before = Injector.Bundle;
        Injector.Api.Store.Update(
            ApiServer.KindOf("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
            null,
            "istio-sidecar-injector",
            status: false,
            webhook =>
            {
                webhook["webhooks"]![0]!["clientConfig"]!["caBundle"] = "bm9ib2R5";
                return webhook;
            }
        );
        await Injector.UntilAsync("caBundle is right again", () => Task.FromResult(Injector.Bundle == before));
    }

    [Fact]
    public async Task A_pod_that_runs_without_its_sidecar_is_reported()
    {
        var pod = Pods.Plain("forgotten");
        pod["metadata"]!["namespace"] = "shop";
        pod["status"] = new JsonObject { ["phase"] = "Running" };
        Injector.Api.Put(pod);
        var uid = (string)Injector.Find("v1", "Pod", "shop", "forgotten")!["metadata"]!["uid"]!;
        await Injector.UntilAsync(
            "the Event is written",
            () => Task.FromResult(Injector.Find("v1", "Event", "shop", $"forgotten.{uid}") is not null)
        );

        var found = Injector.Find("v1", "Event", "shop", $"forgotten.{uid}")!;
        Assert.Equal("SidecarMissing", (string)found["reason"]!);
        Assert.Equal("forgotten", (string)found["involvedObject"]!["name"]!);
        Assert.Contains(
            "mesh_injector_pods_without_sidecar{namespace=\"shop\"} 1",
            await Injector.MetricsAsync(),
            StringComparison.Ordinal
        );

        Injector.Api.Delete("v1", "Pod", "shop", "forgotten");
        await Injector.UntilAsync(
            "the metric is gone",
            async () => !(await Injector.MetricsAsync()).Contains("mesh_injector_pods_without_sidecar{", StringComparison.Ordinal)
        );
    }

    private static void AssertLeftAlone(JsonObject response)
    {
        Assert.True((bool)response["allowed"]!);
        Assert.Null(response["patch"]);
    }
}
