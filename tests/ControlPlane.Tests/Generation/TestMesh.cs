using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>Written objects to resources, through the real parser and translator.</summary>
internal static class TestMesh
{
    public static MeshSnapshot Snapshot(string yaml, MeshSettings? settings = null, KeySets? keys = null)
    {
        var parsed = ObjectParser.Parse("in.yaml", yaml);
        // What restricts and is refused has something that stands in for it.
        Assert.True(
            !parsed.HasUnreadable && parsed.Rejected.SequenceEqual(parsed.StandIns.Select(standIn => standIn.Key)),
            string.Join('\n', parsed.Diagnostics)
        );
        return Translator
            .Translate(ObjectSet.From(parsed.Objects.Concat(parsed.StandIns)), settings ?? MeshSettings.Default, keys: keys)
            .Snapshot;
    }

    public static MeshResources Generate(string yaml, KeySets? keys = null) =>
        new ResourceGenerator().Generate(Snapshot(yaml, keys: keys), 0);

    public static NodeInfo Sidecar(string pod, string ns = "default", string ip = "127.9.9.9") =>
        NodeInfo.Parse(new Pb.Node { Id = $"sidecar~{ip}~{pod}.{ns}~{ns}.svc.cluster.local" });

    public static NodeInfo Grpc(string ns = "default") =>
        NodeInfo.Parse(new Pb.Node { Id = $"sidecar~127.9.9.8~library.{ns}~{ns}.svc.cluster.local", UserAgentName = "gRPC C-core linux" });

    public static Pb.Cluster Cluster(this ResourceSet set, string name) =>
        set.TryGet(TypeUrls.Cluster, name, out var found) ? found.Unpack(Pb.Cluster.Parser) : throw Missing(set, TypeUrls.Cluster, name);

    public static Pb.ClusterLoadAssignment Endpoints(this ResourceSet set, string name) =>
        set.TryGet(TypeUrls.Endpoints, name, out var found)
            ? found.Unpack(Pb.ClusterLoadAssignment.Parser)
            : throw Missing(set, TypeUrls.Endpoints, name);

    public static Pb.Listener Listener(this ResourceSet set, string name) =>
        set.TryGet(TypeUrls.Listener, name, out var found) ? found.Unpack(Pb.Listener.Parser) : throw Missing(set, TypeUrls.Listener, name);

    public static Pb.RouteConfiguration Routes(this ResourceSet set, string name) =>
        set.TryGet(TypeUrls.Route, name, out var found)
            ? found.Unpack(Pb.RouteConfiguration.Parser)
            : throw Missing(set, TypeUrls.Route, name);

    public static Pb.VirtualHost Host(this ResourceSet set, string routes, string host) =>
        Assert.Single(set.Routes(routes).VirtualHosts, candidate => candidate.Name == host);

    public static ImmutableArray<string> Names(this ResourceSet set, string typeUrl) => [.. set.Of(typeUrl).All.Select(r => r.Name)];

    /// <summary>A Service with one port and endpoints at it.</summary>
    public static string Service(string name, string ns, string port, params string[] addresses)
    {
        var endpoints = string.Join(", ", addresses.Select(address => "{addresses: [" + address + "]}"));
        return $$"""
            apiVersion: v1
            kind: Service
            metadata:
              name: {{name}}
              namespace: {{ns}}
            spec:
              clusterIP: None
              ports:
              - name: {{port}}
                port: 9080
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: {{name}}-1
              namespace: {{ns}}
              labels:
                kubernetes.io/service-name: {{name}}
            addressType: IPv4
            ports:
            - name: {{port}}
              port: 9080
            endpoints: [{{endpoints}}]
            ---

            """;
    }

    private static Xunit.Sdk.XunitException Missing(ResourceSet set, string typeUrl, string name) =>
        new($"no {TypeUrls.ShortName(typeUrl)} {name}; there are {string.Join(", ", set.Names(typeUrl))}");
}
