using System.Collections.Immutable;
using Mesh.Injector.Deciding;

namespace Mesh.Injector.Cluster;

/// <summary>Finds the pods that run without the sidecar that they should have: created before their namespace was opted in, or past the webhook. Pure.</summary>
internal static class SidecarAudit
{
    /// <param name="namespaces">Labels by name; pods of namespaces that are not in it are not judged.</param>
    public static ImmutableArray<PodRecord> Missing(
        IEnumerable<PodRecord> pods,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces,
        PodInjection injection
    ) =>
        [
            .. pods.Where(pod =>
                    pod is { Runs: true, HasSidecar: false }
                    && namespaces.TryGetValue(pod.Namespace, out var labels)
                    && InjectionDecision.Of(pod.Facts, pod.Namespace, labels, injection.Revisions, injection.Settings).Injects
                )
                .OrderBy(pod => pod.Namespace, StringComparer.Ordinal)
                .ThenBy(pod => pod.Name, StringComparer.Ordinal),
        ];
}
