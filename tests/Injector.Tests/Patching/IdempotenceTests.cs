using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Tests.Patching;

/// <summary>inject(inject(p)) = inject(p), for pods that nobody thought of.</summary>
public sealed class IdempotenceTests
{
    private static readonly string[] Annotations =
    [
        "sidecar.istio.io/interceptionMode=NONE",
        "sidecar.istio.io/interceptionMode=TPROXY",
        "sidecar.istio.io/rewriteAppHTTPProbers=false",
        "sidecar.istio.io/proxyCPU=50m",
        "sidecar.istio.io/nativeSidecar=false",
        "sidecar.istio.io/nativeSidecar=true",
        "sidecar.istio.io/userVolume={\"a\":{\"emptyDir\":{}}}",
        "sidecar.istio.io/userVolumeMount={\"a\":{\"mountPath\":\"/a\"}}",
        "status.sidecar.istio.io/port=0",
        "traffic.sidecar.istio.io/includeInboundPorts=",
        "traffic.sidecar.istio.io/excludeOutboundPorts=25,9000-9010",
        "proxy.istio.io/config=holdApplicationUntilProxyStarts: false",
        "proxy.istio.io/config=concurrency: 2",
        "prometheus.io/scrape=true",
        "example.com/a~b=c",
    ];

    private static readonly string[] Labels = ["app=web", "version=v1", "security.istio.io/tlsMode=disabled", "example.com/team=a"];
    private static readonly string[] Names = ["web", "cache", "istio-proxy", "istio-init", "logs"];
    private static readonly string[] Volumes = ["files", "istio-token", "a"];

    private static readonly string[] Probes =
    [
        """{"httpGet":{"path":"/live","port":8080}}""",
        """{"httpGet":{"path":"/live","port":"http"}}""",
        """{"httpGet":{"path":"/live","port":8080,"host":"other"}}""",
        """{"tcpSocket":{"port":6379},"timeoutSeconds":3}""",
        """{"grpc":{"port":9090,"service":"a"}}""",
        """{"exec":{"command":["true"]}}""",
        """{"httpGet":{"path":"/app-health/web/livez","port":15020}}""",
    ];

    private static readonly string[] Extras =
    [
        """{"env":[{"name":"A","value":"1"},{"name":"POD_NAME","value":"x"},{"name":"MESH_APP_PROBERS","value":"{}"}]}""",
        """{"volumeMounts":[{"name":"files","mountPath":"/var/run/secrets/tokens"}]}""",
        """{"ports":[{"containerPort":8080,"name":"http"}]}""",
        """{"resources":{"limits":{"memory":"1Gi"}}}""",
        """{"securityContext":{"runAsUser":7}}""",
        """{"lifecycle":{"preStop":{"httpGet":{"path":"/stop","port":8080}}}}""",
        """{"restartPolicy":"Always"}""",
        """{"image":"auto"}""",
    ];

    [Fact]
    public void Injecting_an_injected_pod_changes_nothing()
    {
        var property = Prop.ForAll(
            Pod().ToArbitrary(),
            ArbMap.Default.ArbFor<bool>(),
            (json, native) =>
            {
                var injection = new PodInjection(InjectionSettings.Default with { ImagePullSecrets = ["own"] }, Revisions.Default, native);
                var pod = (JsonObject)JsonNode.Parse(json)!;
                var before = pod.ToJsonString();
                var once = injection.Of(pod, "shop", null);
                if (once.IsRefused)
                {
                    // The proxy and an application as one user, or the proxy as nobody in particular.
                    return once.Problems.All(problem => problem.Path.Contains("securityContext", StringComparison.Ordinal));
                }

                // A cluster may be upgraded between the two.
                var again = (injection with { ServerIsNative = !native }).Of(once.Pod, "shop", null);
                return once.IsInjected
                    && pod.ToJsonString() == before
                    && again.Operations.IsEmpty
                    && JsonNode.DeepEquals(once.Pod, again.Pod);
            }
        );
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000), property);
    }

    private static Gen<string> Pod() =>
        from labels in Map(Labels)
        from annotations in Map(Annotations)
        from containers in Containers(1)
        from initContainers in Containers(0)
        from volumes in Some(Volumes)
        from secrets in Some(["own", "other"])
        from spec in Some(["\"restartPolicy\":\"Never\"", "\"terminationGracePeriodSeconds\":7", "\"shareProcessNamespace\":false"])
        select PodOf(labels, annotations, containers, initContainers, volumes, secrets, spec);

    private static string PodOf(
        string labels,
        string annotations,
        string containers,
        string initContainers,
        string[] volumes,
        string[] secrets,
        string[] spec
    )
    {
        var pod = (JsonObject)JsonNode.Parse($"{{\"spec\":{{{string.Join(',', spec)}}}}}")!;
        pod["metadata"] = new JsonObject
        {
            ["generateName"] = "web-",
            ["labels"] = JsonNode.Parse(labels),
            ["annotations"] = JsonNode.Parse(annotations),
        };
        pod["spec"]!["containers"] = JsonNode.Parse($"[{containers}]");
        // Names are unique among all of a pod's containers; ours alone may stand in both lists, left by somebody's hand.
        var running = ((JsonArray)pod["spec"]!["containers"]!).Select(container => (string)container!["name"]!).ToHashSet();
        pod["spec"]!["initContainers"] = new JsonArray([
            .. ((JsonArray)JsonNode.Parse($"[{initContainers}]")!)
                .Where(item =>
                    (string)item!["name"]! is var name && (!running.Contains(name) || name.StartsWith("istio-", StringComparison.Ordinal))
                )
                .Select(item => item!.DeepClone()),
        ]);
        pod["spec"]!["volumes"] = new JsonArray([
            .. volumes.Select(name => new JsonObject { ["name"] = name, ["emptyDir"] = new JsonObject() }),
        ]);
        pod["spec"]!["imagePullSecrets"] = new JsonArray([.. secrets.Select(name => new JsonObject { ["name"] = name })]);
        return pod.ToJsonString();
    }

    private static Gen<string> Containers(int least) =>
        from names in Some(Names)
        from containers in Gen.CollectToList(
            names.Length < least ? ["web"] : names,
            name =>
                from extras in Some(Extras)
                from live in Gen.Elements(Probes)
                from ready in Gen.Elements(Probes)
                select Container(name, extras, live, ready)
        )
        select string.Join(',', containers);

    private static string Container(string name, string[] extras, string live, string ready)
    {
        var container = new JsonObject { ["name"] = name, ["image"] = "registry.example/a:1" };
        foreach (var (field, value) in extras.SelectMany(extra => (JsonObject)JsonNode.Parse(extra)!))
        {
            container[field] = value?.DeepClone();
        }

        container["livenessProbe"] = JsonNode.Parse(live);
        container["readinessProbe"] = JsonNode.Parse(ready);
        return container.ToJsonString();
    }

    private static Gen<string> Map(string[] entries) =>
        from chosen in Some(entries)
        select new JsonObject(
            chosen.Select(entry => entry.Split('=', 2)).DistinctBy(e => e[0]).Select(e => KeyValuePair.Create(e[0], (JsonNode?)e[1]))
        ).ToJsonString();

    private static Gen<string[]> Some(string[] items) =>
        from mask in Gen.Choose(0, (1 << items.Length) - 1)
        from sparse in Gen.Choose(0, (1 << items.Length) - 1)
        select items.Where((_, index) => (mask & sparse & (1 << index)) != 0).ToArray();
}
