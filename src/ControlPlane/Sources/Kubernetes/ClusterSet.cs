using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Sources.Kubernetes;

/// <summary>
/// The copy of a cluster that watches keep: which objects there are and which of them are in force; the pure twin of
/// <see cref="KubernetesSource"/>. Used under its owner's lock.
/// </summary>
internal sealed class ClusterSet
{
    private readonly Dictionary<ObjectKey, ClusterObject> objects = [];
    private SourceState? state;

    /// <summary>Every object, in no order.</summary>
    public IReadOnlyCollection<ClusterObject> All => objects.Values;

    /// <summary>The objects in force and all diagnostics, in the order of keys; the same instance until something that matters changes.</summary>
    public SourceState State
    {
        get
        {
            if (state is null)
            {
                var ordered = objects.Values.OrderBy(item => item.Key).ToArray();
                state = new(
                    [.. ordered.Where(item => item.InForce is not null).Select(item => item.InForce!)],
                    [.. ordered.SelectMany(item => item.Diagnostics)]
                );
            }

            return state;
        }
    }

    /// <summary>This is all there is of a kind. True where that matters.</summary>
    public bool Replace(KnownKind kind, IReadOnlyList<KubernetesObject> all)
    {
        var changed = false;
        var present = new HashSet<ObjectKey>();
        foreach (var seen in all)
        {
            present.Add(ClusterObject.KeyOf(seen, kind));
            changed |= Apply(kind, seen);
        }

        foreach (var key in objects.Keys.Where(key => key.Kind == kind.Kind && !present.Contains(key)).ToArray())
        {
            objects.Remove(key);
            changed = true;
        }

        return Changed(changed);
    }

    /// <summary>An object is new or changed. True where that matters.</summary>
    public bool Apply(KnownKind kind, KubernetesObject seen)
    {
        var before = objects.GetValueOrDefault(ClusterObject.KeyOf(seen, kind));
        var now = ClusterObject.Read(seen, kind, before);
        objects[now.Key] = now;
        return Changed(before is null || !now.MeansSame(before));
    }

    /// <summary>An object is gone. True where that matters.</summary>
    public bool Remove(KnownKind kind, KubernetesObject gone) => Changed(objects.Remove(ClusterObject.KeyOf(gone, kind)));

    private bool Changed(bool changed)
    {
        state = changed ? null : state;
        return changed;
    }
}
