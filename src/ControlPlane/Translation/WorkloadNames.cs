using System.Text.RegularExpressions;
using Mesh.Config;

namespace Mesh.ControlPlane.Translation;

/// <summary>The name under which metrics count a workload: the pod's name without what its controller generated.</summary>
internal static partial class WorkloadNames
{
    public static string OwnerOf(ConfigObject workload)
    {
        var labels = workload.Labels;
        var name = workload.Key.Name;
        if (labels.TryGetValue("service.istio.io/workload-name", out var declared) && declared.Length > 0)
        {
            return declared;
        }

        if (labels.TryGetValue("batch.kubernetes.io/job-name", out var job) || labels.TryGetValue("job-name", out job))
        {
            return job.Length > 0 ? job : name;
        }

        if (labels.ContainsKey("statefulset.kubernetes.io/pod-name") || labels.ContainsKey("apps.kubernetes.io/pod-index"))
        {
            return Before(Ordinal().Match(name), name);
        }

        if (labels.TryGetValue("pod-template-hash", out var hash) && hash.Length > 0)
        {
            var at = name.LastIndexOf($"-{hash}-", StringComparison.Ordinal);
            return at > 0 ? name[..at] : name;
        }

        return labels.ContainsKey("controller-revision-hash")
            ? Before(Suffix().Match(name), name)
            : Before(ReplicaSuffix().Match(name), name);
    }

    private static string Before(Match match, string name) => match.Success && match.Index > 0 ? name[..match.Index] : name;

    // Kubernetes generates names from an alphabet without vowels and look-alikes.
    [GeneratedRegex("-[bcdfghjklmnpqrstvwxz2456789]{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();

    [GeneratedRegex("-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex ReplicaSuffix();

    [GeneratedRegex("-[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Ordinal();
}
