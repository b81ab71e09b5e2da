using System.Diagnostics.CodeAnalysis;
using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>A view that is the same for every node, with resources that exist only when asked for.</summary>
internal sealed class StaticView(string version, params IEnumerable<XdsResource> resources) : IResourceView
{
    private readonly ResourceSet set = ResourceSet.Create(resources);

    public Dictionary<(string TypeUrl, string Name), XdsResource> OnDemand { get; } = [];

    public string Version => version;

    public long ChangedAt { get; init; }

    public ResourceSet ResourcesFor(NodeInfo node) => set;

    public bool TryFind(NodeInfo node, string typeUrl, string name, [NotNullWhen(true)] out XdsResource? resource) =>
        set.TryGet(typeUrl, name, out resource) || OnDemand.TryGetValue((typeUrl, name), out resource);

    public static XdsResource Cluster(string name, string content = "") =>
        XdsResource.Create(name, new Pb.Cluster { Name = name, AltStatName = content });

    public static XdsResource Endpoints(string name, uint content = 140) =>
        XdsResource.Create(
            name,
            new Pb.ClusterLoadAssignment
            {
                ClusterName = name,
                Policy = new Pb.ClusterLoadAssignment.Types.Policy { OverprovisioningFactor = content },
            }
        );

    public static XdsResource Listener(string name, string content = "") =>
        XdsResource.Create(name, new Pb.Listener { Name = name, AccessLog = { new Pb.AccessLog { Name = content } } });

    public static XdsResource Route(string name, params IEnumerable<string> clusters)
    {
        var host = new Pb.VirtualHost { Name = name, Domains = { "*" } };
        host.Routes.AddRange(clusters.Select(c => new Pb.Route { Route_ = new Pb.RouteAction { Cluster = c } }));
        return XdsResource.Create(name, new Pb.RouteConfiguration { Name = name, VirtualHosts = { host } });
    }
}
