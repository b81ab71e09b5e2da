using System.Text.Json;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Labels of the cluster's namespaces, followed by a watch; without a cluster it knows none.</summary>
/// <param name="client">Null without a cluster.</param>
internal sealed class NamespaceLookup(KubernetesClient? client, ILogger<NamespaceLookup> logger) : IResourceObserver
{
    public static ApiResource Resource { get; } = new("", "v1", "namespaces", "Namespace", Namespaced: false);

    private volatile IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> _labels = new Dictionary<
        string,
        IReadOnlyDictionary<string, string>
    >(StringComparer.Ordinal);

    /// <summary>Whether the namespaces were listed once.</summary>
    public bool Synced { get; private set; }

    /// <summary>All that is known, by name; replaced whole.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All => _labels;

    /// <summary>A namespace changed.</summary>
    public event Action? Changed;

    /// <summary>As far as is known here; null for nothing.</summary>
    public IReadOnlyDictionary<string, string>? Known(string ns) => _labels.GetValueOrDefault(ns);

    /// <summary>As the API server has them now; null where it cannot be asked, which leaves the decision to the webhook's selectors.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> AskAsync(string ns, CancellationToken cancellation)
    {
        if (client is null)
        {
            return null;
        }

        try
        {
            return await client.GetAsync(Resource, null, ns, cancellation) is { } found ? LabelsOf(found) : null;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, cancellation))
        {
            logger.LogWarning("Namespace {Namespace} cannot be read, so the webhook's selectors decide: {Reason}", ns, e.Message);
            return null;
        }
    }

    void IResourceObserver.Replace(IReadOnlyList<KubernetesObject> all)
    {
        _labels = all.ToDictionary(ns => ns.Name, LabelsOf, StringComparer.Ordinal);
        Synced = true;
        Changed?.Invoke();
    }

    void IResourceObserver.Apply(KubernetesObject changed)
    {
        // Namespaces are few and change rarely.
        _labels = new Dictionary<string, IReadOnlyDictionary<string, string>>(_labels, StringComparer.Ordinal)
        {
            [changed.Name] = LabelsOf(changed),
        };
        Changed?.Invoke();
    }

    void IResourceObserver.Remove(KubernetesObject gone)
    {
        var left = new Dictionary<string, IReadOnlyDictionary<string, string>>(_labels, StringComparer.Ordinal);
        left.Remove(gone.Name);
        _labels = left;
        Changed?.Invoke();
    }

    void IResourceObserver.Report(string? problem)
    {
        if (problem is null)
        {
            logger.LogInformation("Namespaces are followed again");
        }
        else
        {
            logger.LogWarning("Namespaces cannot be followed: {Problem}", problem);
        }
    }

    private static IReadOnlyDictionary<string, string> LabelsOf(KubernetesObject ns)
    {
        using var json = JsonDocument.Parse(ns.Json);
        return ObjectLabels.Of(json.RootElement);
    }
}
