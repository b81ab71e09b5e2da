using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Offline;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.Proxy;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>What the control plane would send to a pod's sidecar, from files alone.</summary>
internal static class OfflineSource
{
    public static ExplainSource Create(OfflineMesh mesh, string podNamespace, string pod, CaptureMode capture)
    {
        var address = mesh.Snapshot.WorkloadNamed(podNamespace, pod)?.Addresses.FirstOrDefault() ?? IPAddress.Loopback.ToString();
        var id = $"sidecar~{address}~{pod}.{podNamespace}~{podNamespace}.svc.{mesh.Snapshot.Settings.DnsDomain}";
        var node = ProxyNode.Parse(id, out var error) ?? throw new InvalidOperationException(error);
        var resources = new ResourceGenerator()
            .Generate(mesh.Snapshot, changedAt: 0)
            .ResourcesFor(NodeInfo.Parse(new Pb.Node { Id = id }))
            .Types.SelectMany(type => type.All)
            .Select(resource => (resource.TypeUrl, resource.Name, resource.Version, Any.Parser.ParseFrom(resource.AnyBytes.Span)));
        return ExplainSource.Create(node, capture, resources, mesh);
    }
}
