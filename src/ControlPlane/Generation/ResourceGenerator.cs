using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>Turns snapshots into what nodes get, one after the other, and remembers across them what did not change. One caller at a time.</summary>
internal sealed class ResourceGenerator
{
    private Dictionary<(string Host, string Namespace, ServiceOrigin Origin), ServiceShape> shapes = [];
    private long snapshots;

    /// <summary>For metrics and tests.</summary>
    public GenerationMemo Memo { get; } = new();

    /// <summary>The resources of a snapshot. Cheap by itself: a node's are made when it asks.</summary>
    /// <param name="changedAt">When the earliest change it contains was seen, as the caller's clock counts; zero where unknown.</param>
    public MeshResources Generate(MeshSnapshot snapshot, long changedAt)
    {
        Memo.Advance();
        var next = new Dictionary<(string, string, ServiceOrigin), ServiceShape>();
        var byService = new Dictionary<Service, ServiceShape>(ReferenceEqualityComparer.Instance);
        foreach (var service in snapshot.Services)
        {
            var key = (service.Host, service.Namespace, service.Origin);
            var shape = ServiceShape.Of(service, shapes.GetValueOrDefault(key));
            next[key] = shape;
            byService.TryAdd(service, shape);
        }

        shapes = next;
        return new MeshResources(snapshot, byService, Memo, ++snapshots, changedAt);
    }
}
