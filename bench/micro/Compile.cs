using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Config;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Bench;

/// <summary>A mesh of 1,000 services, each with a VirtualService, a DestinationRule with two subsets and two endpoints, stage by stage.</summary>
public class Compile
{
    private const int Services = 1000;

    private readonly NodeInfo _node = NodeInfo.Parse(new Pb.Node { Id = "sidecar~10.0.0.1~web-1.default~default.svc.cluster.local" });
    private readonly CompileContext _context = new()
    {
        Capture = CaptureMode.Redirect,
        NodeAddress = IPAddress.Parse("10.0.0.1"),
        Application = null,
    };

    private string _yaml = "";
    private ObjectSet _objects = ObjectSet.Empty;
    private ObjectSet _oneEndpointLess = ObjectSet.Empty;
    private TranslationResult? _translated;
    private ResourceSet _resources = ResourceSet.Empty;
    private XdsSet _received = XdsSet.Empty;
    private ProxyConfig? _compiled;
    private XdsSet _oneClusterChanged = XdsSet.Empty;

    [GlobalSetup]
    public void Setup()
    {
        _yaml = string.Join("---\n", Enumerable.Range(0, Services).Select(Service));
        _objects = ObjectSet.From(ObjectParser.Parse("mesh.yaml", _yaml).Objects);
        _oneEndpointLess = ObjectSet.From(_objects.All.Where(o => o.Key.Name != "s7-1" || o.Key.Kind != Kinds.EndpointSlice), _objects);
        _translated = Translator.Translate(_objects, MeshSettings.Default);
        _resources = Generate(_translated);
        _received = Receive(XdsSet.Empty, _resources);
        _compiled = ConfigCompiler.Compile(_received, null, _context);
        var changed = Generate(Translator.Translate(_oneEndpointLess, MeshSettings.Default));
        _oneClusterChanged = Receive(
            _received,
            ResourceSet.Create([changed.Of(TypeUrls.Endpoints).All.Single(r => r.Name == "outbound|80||s7.default.svc.cluster.local")])
        );
    }

    [Benchmark]
    public object ParseYaml() => ObjectParser.Parse("mesh.yaml", _yaml);

    [Benchmark]
    public object Translate() => Translator.Translate(_objects, MeshSettings.Default);

    [Benchmark]
    public object TranslateAnEndpointChange() => Translator.Translate(_oneEndpointLess, MeshSettings.Default, _translated);

    [Benchmark]
    public object GenerateForOneNode() => Generate(_translated!);

    [Benchmark]
    public object ReadInTheProxy() => Receive(XdsSet.Empty, _resources);

    [Benchmark]
    public object CompileInTheProxy() => ConfigCompiler.Compile(_received, null, _context);

    [Benchmark]
    public object CompileAnEndpointChange() => ConfigCompiler.Compile(_oneClusterChanged, _compiled, _context);

    private ResourceSet Generate(TranslationResult translated)
    {
        var view = new ResourceGenerator().Generate(translated.Snapshot, changedAt: 0);
        return view.ResourcesFor(_node);
    }

    private static XdsSet Receive(XdsSet before, ResourceSet resources)
    {
        var reasons = new List<string>();
        var set = resources.Types.Aggregate(
            before,
            (all, type) => all.With(type.TypeUrl, [.. type.All.Select(resource => Read(resource, reasons)).OfType<XdsEntry>()], [])
        );
        return reasons.Count == 0 ? set : throw new InvalidOperationException(string.Join('\n', reasons));
    }

    private static XdsEntry? Read(XdsResource resource, List<string> reasons) =>
        ResourceReader.Read(
            resource.TypeUrl,
            resource.Name,
            resource.Version,
            Any.Parser.ParseFrom(resource.AnyBytes.Span),
            DateTimeOffset.UnixEpoch,
            reasons
        );

    private static string Service(int i) =>
        new StringBuilder()
            .AppendLine("apiVersion: v1\nkind: Service")
            .AppendLine($"metadata: {{ name: s{i}, namespace: default }}")
            .AppendLine("spec: { ports: [ { name: http, port: 80, targetPort: 8080 } ] }")
            .AppendLine("---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice")
            .AppendLine($"metadata: {{ name: s{i}-1, namespace: default, labels: {{ kubernetes.io/service-name: s{i} }} }}")
            .AppendLine("addressType: IPv4\nports: [ { name: http, port: 8080 } ]")
            .AppendLine($"endpoints: [ {{ addresses: [ 10.1.{i / 250}.{i % 250} ] }}, {{ addresses: [ 10.2.{i / 250}.{i % 250} ] }} ]")
            .AppendLine("---\napiVersion: networking.istio.io/v1\nkind: DestinationRule")
            .AppendLine($"metadata: {{ name: s{i}, namespace: default }}")
            .AppendLine($"spec: {{ host: s{i}, subsets: [ {{ name: a, labels: {{ v: a }} }}, {{ name: b, labels: {{ v: b }} }} ] }}")
            .AppendLine("---\napiVersion: networking.istio.io/v1\nkind: VirtualService")
            .AppendLine($"metadata: {{ name: s{i}, namespace: default }}")
            .AppendLine("spec:")
            .AppendLine($"  hosts: [ s{i} ]")
            .AppendLine("  http:")
            .AppendLine("    - match: [ { uri: { prefix: /beta }, headers: { x-user: { exact: ada } } } ]")
            .AppendLine($"      route: [ {{ destination: {{ host: s{i}, subset: b }} }} ]")
            .AppendLine(
                $"    - route: [ {{ destination: {{ host: s{i}, subset: a }}, weight: 90 }}, {{ destination: {{ host: s{i}, subset: b }}, weight: 10 }} ]"
            )
            .ToString();
}
