using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Running pods and workload entries by name, address and label; rebuilt only when one of them changed.</summary>
internal sealed class WorkloadIndex
{
    private readonly ImmutableArray<ConfigObject<PodSpec>> allPods;
    private readonly ImmutableArray<ConfigObject<WorkloadEntrySpec>> allEntries;
    private readonly ImmutableArray<ConfigObject<NodeSpec>> allNodes;
    private readonly Dictionary<string, Locality> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, ConfigObject<PodSpec>> podsByKey = [];
    private readonly Dictionary<string, ConfigObject<PodSpec>> podsByAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Label, string Value), List<ConfigObject<PodSpec>>> podsByLabel = [];

    // Labels as the mesh sees them: a workload entry's own and those of its spec.
    private readonly Dictionary<ConfigObject, Labels> labels = new(ReferenceComparer<ConfigObject>.Instance);

    private WorkloadIndex(ObjectSet objects, WorkloadIndex? previous)
    {
        allPods = objects.Pods;
        allEntries = objects.WorkloadEntries;
        allNodes = objects.Nodes;
        foreach (var node in allNodes)
        {
            nodes.Add(node.Key.Name, Localities.FromLabels(node.Labels));
        }

        foreach (var pod in allPods)
        {
            // A finished pod has given its address back.
            if (pod.Spec.Phase is "Succeeded" or "Failed")
            {
                continue;
            }

            podsByKey.Add(pod.Key, pod);
            labels.Add(pod, previous?.labels.GetValueOrDefault(pod) ?? new Labels(pod.Labels));
            foreach (var label in pod.Labels)
            {
                var key = (pod.Key.Namespace, label.Key, label.Value);
                if (!podsByLabel.TryGetValue(key, out var list))
                {
                    podsByLabel.Add(key, list = []);
                }

                list.Add(pod);
            }

            // Pods on the host's network share its address, which therefore names none of them.
            if (!pod.Spec.HostNetwork)
            {
                foreach (var address in pod.Spec.PodIPs)
                {
                    podsByAddress.TryAdd(address, pod);
                }
            }
        }

        foreach (var entry in allEntries)
        {
            labels.Add(entry, previous?.labels.GetValueOrDefault(entry) ?? new Labels(entry.Labels.SetItems(entry.Spec.Labels)));
        }
    }

    public IEnumerable<ConfigObject<PodSpec>> Pods => podsByKey.Values;

    public ImmutableArray<ConfigObject<WorkloadEntrySpec>> Entries => allEntries;

    public static WorkloadIndex Build(ObjectSet objects, WorkloadIndex? previous) =>
        previous is not null
        && previous.allPods == objects.Pods
        && previous.allEntries == objects.WorkloadEntries
        && previous.allNodes == objects.Nodes
            ? previous
            : new(objects, previous);

    /// <summary>What a pod's own labels say, else those of its node.</summary>
    public Locality LocalityOf(ConfigObject<PodSpec> pod)
    {
        var own = Localities.FromLabels(pod.Labels);
        return own == Locality.Unknown && pod.Spec.NodeName is { } node ? nodes.GetValueOrDefault(node, own) : own;
    }

    public Labels LabelsOf(ConfigObject workload) => labels[workload];

    public ConfigObject<PodSpec>? PodNamed(ObjectKey key) => podsByKey.GetValueOrDefault(key);

    public ConfigObject<PodSpec>? PodAt(string address) => podsByAddress.GetValueOrDefault(address);

    /// <summary>Pods of a namespace by a selector; an empty selector selects none, as in Kubernetes.</summary>
    public ImmutableArray<ConfigObject<PodSpec>> Select(string podNamespace, ImmutableSortedDictionary<string, string> selector)
    {
        List<ConfigObject<PodSpec>>? fewest = null;
        foreach (var (key, value) in selector)
        {
            if (!podsByLabel.TryGetValue((podNamespace, key, value), out var list))
            {
                return [];
            }

            fewest = fewest is null || list.Count < fewest.Count ? list : fewest;
        }

        var wanted = new Labels(selector);
        return fewest is null ? [] : [.. fewest.Where(pod => LabelsOf(pod).Satisfies(wanted))];
    }

    /// <summary>Workload entries of a namespace by a selector; an empty selector selects none.</summary>
    public ImmutableArray<ConfigObject<WorkloadEntrySpec>> SelectEntries(
        string entryNamespace,
        ImmutableSortedDictionary<string, string> selector
    )
    {
        if (selector.IsEmpty || allEntries.IsEmpty)
        {
            return [];
        }

        var wanted = new Labels(selector);
        return
        [
            .. allEntries.Where(entry =>
                string.Equals(entry.Key.Namespace, entryNamespace, StringComparison.Ordinal) && LabelsOf(entry).Satisfies(wanted)
            ),
        ];
    }
}
