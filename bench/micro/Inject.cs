using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using Mesh.Injector;
using Mesh.Injector.Admission;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;

namespace Mesh.Bench;

/// <summary>One review of the webhook, 8 KB of JSON: a pod of three containers with probes of all kinds, 90 variables and annotations.</summary>
public class Inject
{
    private readonly PodInjection _injection = new(InjectionSettings.Default, Revisions.Default, ServerIsNative: true);
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal) { [MeshLabels.NamespaceInjection] = "enabled" };
    private byte[] _review = [];

    [GlobalSetup]
    public void Setup()
    {
        var containers = Enumerable.Range(0, 3).Select(Container);
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["generateName"] = "web-5d4f8c7b9-",
                ["labels"] = new JsonObject { ["app"] = "web" },
                ["annotations"] = new JsonObject
                {
                    ["traffic.sidecar.istio.io/excludeOutboundPorts"] = "5432,9000-9100",
                    ["proxy.istio.io/config"] = "concurrency: 2\nterminationDrainDuration: 20s\n",
                },
            },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. containers]) },
        };
        var review = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["uid"] = "1",
                ["kind"] = new JsonObject { ["kind"] = "Pod" },
                ["operation"] = "CREATE",
                ["namespace"] = "shop",
                ["object"] = pod,
            },
        };
        _review = JsonSerializer.SerializeToUtf8Bytes(review);
    }

    [Benchmark]
    public int Review()
    {
        var request = AdmissionRequest.Read(JsonNode.Parse(_review));
        var outcome = _injection.Of(request.Object!, request.Namespace, _labels);
        var answer = new ArrayBufferWriter<byte>(16 * 1024);
        AdmissionAnswer.Write(answer, request, outcome);
        return answer.WrittenCount;
    }

    private static JsonObject Container(int number)
    {
        var variables = Enumerable
            .Range(0, 30)
            .Select(index => new JsonObject { ["name"] = $"VARIABLE_{index}", ["value"] = new string('x', 40) });
        return new()
        {
            ["name"] = $"container-{number}",
            ["image"] = $"registry.example/container:{number}",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8080 + number }),
            ["env"] = new JsonArray([.. variables]),
            ["livenessProbe"] = JsonNode.Parse("""{"httpGet":{"path":"/live","port":"http"}}"""),
            ["readinessProbe"] = JsonNode.Parse("""{"grpc":{"port":9090}}"""),
            ["startupProbe"] = JsonNode.Parse("""{"tcpSocket":{"port":6379}}"""),
        };
    }
}
