using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Mesh.ControlPlane.Model;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Leases;
using Mesh.Kubernetes.Watching;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Keeps the trusted roots in ConfigMap <c>istio-ca-root-cert</c> of every namespace whose pods may get a sidecar, where pods mount them from. Written
/// by the leader alone, and again after anybody changed or deleted it.
/// </summary>
/// <param name="roots">PEM; null while there is no authority.</param>
/// <param name="objects">The latest; null before the first.</param>
internal sealed partial class RootCertificateWriter(
    KubernetesClient client,
    Func<string?> roots,
    Func<ObjectSet?> objects,
    LeaderElector elector,
    TimeProvider time,
    ILogger<RootCertificateWriter> logger
) : BackgroundService, IResourceObserver
{
    /// <summary>Name of the ConfigMap, Istio's.</summary>
    public const string ConfigMap = "istio-ca-root-cert";

    /// <summary>Its key.</summary>
    public const string Key = "root-cert.pem";

    private const string Manager = "mesh-root-certificates";

    private static readonly ApiResource ConfigMaps = new("", "v1", "configmaps", "ConfigMap");

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Between two attempts where a namespace takes nothing.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, string> present = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> refused = new(StringComparer.Ordinal);
    private volatile bool listed;
    private bool reported;

    /// <summary>Namespaces whose pods, or one of them, opted in.</summary>
    public static ImmutableSortedSet<string> OptedIn(ObjectSet objects) =>
        objects
            .Namespaces.Where(item => item.Spec.Phase != "Terminating" && Asks(item.Labels))
            .Select(item => item.Key.Name)
            .Concat(
                objects
                    .Pods.Where(pod => pod.Labels.GetValueOrDefault("sidecar.istio.io/inject") == "true")
                    .Select(pod => pod.Key.Namespace)
            )
            .Concat(
                objects
                    .Pods.Where(pod => pod.Labels.GetValueOrDefault("security.istio.io/tlsMode") == "istio")
                    .Select(pod => pod.Key.Namespace)
            )
            .ToImmutableSortedSet(StringComparer.Ordinal);

    void IResourceObserver.Replace(IReadOnlyList<KubernetesObject> all)
    {
        present.Clear();
        foreach (var item in all)
        {
            See(item);
        }

        listed = true;
    }

    void IResourceObserver.Apply(KubernetesObject changed) => See(changed);

    void IResourceObserver.Remove(KubernetesObject gone) => present.TryRemove(gone.Namespace!, out _);

    void IResourceObserver.Report(string? problem)
    {
        if (problem is not null)
        {
            LogProblem(logger, problem);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watching = new ResourceWatcher(
            client,
            ConfigMaps,
            null,
            new ListOptions(null, "metadata.name=" + ConfigMap),
            this,
            time,
            Random.Shared
        ).RunAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (elector.Leads && listed && roots() is { } pem && objects() is { } now)
            {
                await WriteAsync(now, pem, stoppingToken);
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await watching;
    }

    private async Task WriteAsync(ObjectSet now, string pem, CancellationToken stopping)
    {
        var wanting = OptedIn(now);
        foreach (var gone in refused.Keys.Where(ns => !wanting.Contains(ns)).ToArray())
        {
            refused.Remove(gone);
        }

        foreach (var ns in wanting.Where(ns => present.GetValueOrDefault(ns) != pem && !IsResting(ns)))
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    apiVersion = "v1",
                    kind = "ConfigMap",
                    metadata = new
                    {
                        name = ConfigMap,
                        @namespace = ns,
                        labels = new Dictionary<string, string> { ["istio.io/config"] = "true" },
                    },
                    data = new Dictionary<string, string> { [Key] = pem },
                }
            );
            try
            {
                See(await client.ApplyAsync(ConfigMaps, ns, ConfigMap, body, Manager, force: true, null, stopping));
                refused.Remove(ns);
                reported = false;
            }
            catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
            {
                if (stopping.IsCancellationRequested)
                {
                    return;
                }

                if (!reported)
                {
                    LogProblem(logger, e.Message);
                    reported = true;
                }

                if (e is not ApiException { Status.IsTransient: false })
                {
                    // The server takes nothing from anybody: later.
                    return;
                }

                // A namespace that is going away takes nothing more; the others must not wait for it.
                refused[ns] = time.GetTimestamp();
            }
        }
    }

    private bool IsResting(string ns) => refused.TryGetValue(ns, out var at) && time.GetElapsedTime(at) < AfterRefusal;

    private void See(KubernetesObject item)
    {
        using var json = JsonDocument.Parse(item.Json);
        present[item.Namespace!] =
            json.RootElement.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty(Key, out var pem)
                ? pem.GetString() ?? ""
                : "";
    }

    private static bool Asks(ImmutableSortedDictionary<string, string> labels) =>
        labels.GetValueOrDefault("istio-injection") == "enabled"
        || (labels.ContainsKey("istio.io/rev") && !labels.ContainsKey("istio-injection"));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trusted roots cannot be kept in every namespace: {Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);
}
