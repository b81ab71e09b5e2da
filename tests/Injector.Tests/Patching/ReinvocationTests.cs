using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;
using Mesh.Injector.Tests.Goldens;

namespace Mesh.Injector.Tests.Patching;

/// <summary>API servers call a webhook again after others have changed the pod, and fill in defaults in between.</summary>
public sealed class ReinvocationTests
{
    public static IEnumerable<object[]> Cases() => InjectionGoldenTests.Cases();

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_an_API_server_fills_in_is_left_alone(string name)
    {
        var given = GoldenCase.Read(InjectionGoldenTests.PathOf(name));
        var outcome = given.Inject(out _);
        var pod = outcome.Pod;
        if (outcome.IsInjected)
        {
            FillIn(pod);
        }

        Assert.Empty(given.Injection.Of(pod, given.Namespace, given.Labels, given.Workload).Operations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_another_webhook_adds_is_taken_in(bool native)
    {
        var injection = new PodInjection(InjectionSettings.Default, Revisions.Default, native);
        var pod = Pod("""{"name":"web","image":"a","readinessProbe":{"httpGet":{"path":"/ready","port":8080}}}""");
        var once = injection.Of(pod, "shop", null).Pod;
        FillIn(once);
        var vault = JsonNode.Parse("""{"name":"vault","image":"b","livenessProbe":{"tcpSocket":{"port":8200}}}""");
        ((JsonArray)once["spec"]!["containers"]!).Insert(0, vault);

        var twice = injection.Of(once, "shop", null);

        var proxy = twice.Pod["spec"]![native ? "initContainers" : "containers"]![native ? 1 : 0]!;
        Assert.Equal("istio-proxy", (string)proxy["name"]!);
        var probers = ((JsonArray)proxy["env"]!).Single(entry => (string)entry!["name"]! == "MESH_APP_PROBERS")!["value"]!;
        Assert.Contains("/app-health/web/readyz", (string)probers!, StringComparison.Ordinal);
        Assert.Contains("/app-health/vault/livez", (string)probers!, StringComparison.Ordinal);
        Assert.Empty(injection.Of(twice.Pod, "shop", null).Operations);
    }

    [Fact]
    public void Fifty_containers_are_no_more_work_than_their_probes()
    {
        var containers = Enumerable
            .Range(0, 50)
            .Select(number => $$$$"""{"name":"c{{{{number}}}}","image":"a","livenessProbe":{"grpc":{"port":{{{{9000 + number}}}}}}}""");
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(Pod([.. containers]), "shop", null);
        Assert.True(outcome.IsInjected);
        Assert.All((JsonArray)outcome.Pod["spec"]!["containers"]!, container => Assert.Null(container!["livenessProbe"]!["grpc"]));
    }

    [Theory]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundIPRanges", "1.2.3.4/32,", "spec", false)]
    [InlineData("traffic.sidecar.istio.io/excludeOutboundPorts", "70000,", "and ", false)]
    [InlineData("proxy.istio.io/config", "concurrency: 2\n", "written twice", false)]
    [InlineData("sidecar.istio.io/userVolume", "[[[[[[", "no JSON", false)]
    [InlineData("sidecar.istio.io/proxyCPU", "9", "no amount", false)]
    [InlineData("example.com/other", "é\u0000😀", "", true)]
    public void A_quarter_of_a_megabyte_is_answered_shortly(string annotation, string part, string expected, bool injected)
    {
        var pod = Pod("""{"name":"web","image":"a"}""");
        pod["metadata"]!["annotations"] = new JsonObject
        {
            [annotation] = string.Concat(Enumerable.Repeat(part, 256 * 1024 / part.Length)),
        };
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null);
        if (annotation.EndsWith("IPRanges", StringComparison.Ordinal))
        {
            // All the same range; the last one is empty.
            expected = "\"\" is no range";
        }

        Assert.Equal(injected, outcome.IsInjected);
        Assert.Contains(expected, string.Join('\n', outcome.Problems), StringComparison.Ordinal);
        Assert.True(outcome.Problems.Sum(problem => problem.ToString().Length) < 4096);
    }

    [Fact]
    public void Too_many_ranges_are_refused_with_their_number()
    {
        var pod = Pod("""{"name":"web","image":"a"}""");
        var ranges = Enumerable.Range(0, 20_000).Select(number => $"10.{number / 256}.{number % 256}.0/24");
        pod["metadata"]!["annotations"] = new JsonObject
        {
            ["traffic.sidecar.istio.io/excludeOutboundIPRanges"] = string.Join(',', ranges),
        };
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null);
        Assert.Contains("lists 20000; at most 1000 are possible", Assert.Single(outcome.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sidecar.istio.io/userVolume", """{"a":{"emptyDir":{}},"a":{"emptyDir":{}}}""")]
    [InlineData("sidecar.istio.io/userVolumeMount", """[{"name":"a","name":"b","mountPath":"/a"}]""")]
    public void A_name_that_is_written_twice_is_refused(string annotation, string text)
    {
        var pod = Pod("""{"name":"web","image":"a"}""");
        pod["metadata"]!["annotations"] = new JsonObject { [annotation] = text };
        Assert.True(new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null).IsRefused);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused_and_breaks_nothing()
    {
        foreach (var where in new[] { "\"labels\":{\"app\":\"\\ud800\"}", "\"annotations\":{\"a\\ud800\":\"b\"}", "\"name\":\"\\udc00\"" })
        {
            var pod = (JsonObject)JsonNode.Parse($$$"""{"metadata":{{{{where}}}},"spec":{"containers":[{"name":"web","image":"a"}]}}""")!;
            var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null);
            Assert.True(outcome.IsRefused || outcome.IsInjected);
        }
    }

    [Fact]
    public void Variables_of_a_proxy_that_somebody_wrote_by_hand_are_not_believed()
    {
        var pod = Pod(
            """{"name":"web","image":"a"}""",
            """{"name":"istio-proxy","image":"auto","env":[{"name":"MESH_APP_PROBERS","value":"{\"a\":1,\"a\":2}"},{"name":"MESH_APP_METRICS","value":"["}]}"""
        );
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null);
        Assert.True(outcome.IsInjected);
        Assert.DoesNotContain("MESH_APP", outcome.Pod.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_in_the_sidecars_way_is_said()
    {
        var pod = Pod("""{"name":"web","image":"a","ports":[{"containerPort":15021},{"containerPort":8080}]}""");
        pod["spec"]!["volumes"] = JsonNode.Parse("""[{"name":"istio-token","emptyDir":{}}]""");
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, true).Of(pod, "shop", null);
        Assert.Contains(outcome.Warnings, warning => warning.StartsWith("spec.volumes[istio-token]", StringComparison.Ordinal));
        Assert.Contains(outcome.Warnings, warning => warning.Contains("15021 is a port of the sidecar", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Warnings, warning => warning.Contains("8080", StringComparison.Ordinal));
    }

    private static JsonObject Pod(params string[] containers) =>
        (JsonObject)
            JsonNode.Parse($$$"""{"metadata":{"generateName":"web-"},"spec":{"containers":[{{{string.Join(',', containers)}}}]}}""")!;

    // kubernetes/pkg/apis/core/v1/defaults.go, what it does to things that we inject.
    private static void FillIn(JsonObject pod)
    {
        var spec = (JsonObject)pod["spec"]!;
        Missing(spec, "restartPolicy", "Always");
        Missing(spec, "dnsPolicy", "ClusterFirst");
        Missing(spec, "schedulerName", "default-scheduler");
        Missing(spec, "terminationGracePeriodSeconds", 30);
        Missing(spec, "securityContext", new JsonObject());
        foreach (var volume in List(spec, "volumes"))
        {
            foreach (var kind in new[] { "configMap", "projected", "downwardAPI" })
            {
                if (volume[kind] is JsonObject source)
                {
                    Missing(source, "defaultMode", 420);
                    foreach (var item in List(source, "items"))
                    {
                        Missing((JsonObject)item["fieldRef"]!, "apiVersion", "v1");
                    }
                }
            }
        }

        foreach (var container in List(spec, "containers").Concat(List(spec, "initContainers")))
        {
            Missing(container, "terminationMessagePath", "/dev/termination-log");
            Missing(container, "terminationMessagePolicy", "File");
            Missing(container, "imagePullPolicy", "IfNotPresent");
            Missing(container, "resources", new JsonObject());
            foreach (var port in List(container, "ports"))
            {
                Missing(port, "protocol", "TCP");
            }

            foreach (var name in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
            {
                if (container[name] is JsonObject probe)
                {
                    Missing(probe, "timeoutSeconds", 1);
                    Missing(probe, "periodSeconds", 10);
                    Missing(probe, "successThreshold", 1);
                    Missing(probe, "failureThreshold", 3);
                    if (probe["httpGet"] is JsonObject get)
                    {
                        Missing(get, "scheme", "HTTP");
                    }
                }
            }
        }
    }

    private static IEnumerable<JsonObject> List(JsonObject of, string name) => (of[name] as JsonArray ?? []).OfType<JsonObject>();

    private static void Missing(JsonObject of, string name, JsonNode value)
    {
        if (of[name] is null)
        {
            of[name] = value;
        }
    }
}
