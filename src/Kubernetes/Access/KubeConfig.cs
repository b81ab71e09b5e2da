using System.Collections.Immutable;

namespace Mesh.Kubernetes.Access;

/// <summary>Finds and reads kubeconfigs as kubectl does: contexts, certificates and tokens in the file or beside it, and credential plugins.</summary>
public static class KubeConfig
{
    /// <summary>One file, which must be there.</summary>
    /// <param name="context">Null for the file's <c>current-context</c>.</param>
    /// <exception cref="KubeConfigException">The file, or something it names, cannot be used.</exception>
    public static ClusterAccess Load(string path, string? context, TimeProvider time) =>
        new KubeConfigReader([KubeConfigFile.Read(path)], time).Read(context);

    /// <summary>
    /// The file that is named; else those of <c>KUBECONFIG</c>, several of them put together, where the first that says something holds; else
    /// <c>~/.kube/config</c>; else, in a pod, its service account.
    /// </summary>
    /// <param name="path">Null where the user named none.</param>
    /// <param name="context">Null for the <c>current-context</c>.</param>
    /// <exception cref="KubeConfigException">There is none, or it, or something it names, cannot be used.</exception>
    public static ClusterAccess Find(string? path, string? context, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        if (path is not null)
        {
            return Load(path, context, time);
        }

        var places = Places(environment);
        // As kubectl: a file of the list that does not exist may come to exist.
        ImmutableArray<KubeConfigFile> files = [.. places.Where(File.Exists).Select(KubeConfigFile.Read)];
        if (!files.IsEmpty)
        {
            return new KubeConfigReader(files, time).Read(context);
        }

        var (host, port) = (
            environment.GetValueOrDefault("KUBERNETES_SERVICE_HOST"),
            environment.GetValueOrDefault("KUBERNETES_SERVICE_PORT")
        );
        return context is null && !string.IsNullOrEmpty(host)
            ? InCluster.Load(host, port, time)
            : throw new KubeConfigException(
                $"There is no kubeconfig: neither --kubeconfig nor KUBECONFIG names one that exists, nor is there {string.Join(", ", places)}."
            );
    }

    private static ImmutableArray<string> Places(IReadOnlyDictionary<string, string> environment)
    {
        ImmutableArray<string> named =
        [
            .. environment.GetValueOrDefault("KUBECONFIG", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Distinct(),
        ];
        return named.IsEmpty ? [Path.Combine(environment.GetValueOrDefault("HOME", "/"), ".kube", "config")] : named;
    }
}
