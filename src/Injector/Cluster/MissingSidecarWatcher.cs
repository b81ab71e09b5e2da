using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Threading.Channels;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Follows all pods and reports those whose sidecar is missing: an Event on the pod, a line in the log, and the metric of how many.</summary>
internal sealed class MissingSidecarWatcher(
    KubernetesClient client,
    Func<PodInjection> injection,
    NamespaceLookup namespaces,
    TimeProvider time,
    ILogger<MissingSidecarWatcher> logger
) : IResourceObserver
{
    public static ApiResource Resource { get; } = new("", "v1", "pods", "Pod");

    private static readonly ApiResource Events = new("", "v1", "events", "Event");

    // Changes come in bursts.
    private static readonly TimeSpan HoldOff = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, PodRecord> _pods = new(StringComparer.Ordinal);
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(1);
    private ImmutableHashSet<string> _reported = [];

    /// <summary>Pods without the sidecar that they should have, by namespace.</summary>
    public IReadOnlyDictionary<string, int> Missing { get; private set; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Looks again after every change, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        namespaces.Changed += Ring;
        try
        {
            while (await _changed.Reader.WaitToReadAsync(cancellation))
            {
                await Task.Delay(HoldOff, time, cancellation);
                _changed.Reader.TryRead(out _);
                await LookAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to end.
        }
        finally
        {
            namespaces.Changed -= Ring;
        }
    }

    void IResourceObserver.Replace(IReadOnlyList<KubernetesObject> all)
    {
        _pods.Clear();
        foreach (var pod in all)
        {
            _pods[pod.Key] = PodRecord.Of(pod);
        }

        Ring();
    }

    void IResourceObserver.Apply(KubernetesObject changed)
    {
        _pods[changed.Key] = PodRecord.Of(changed);
        Ring();
    }

    void IResourceObserver.Remove(KubernetesObject gone)
    {
        _pods.TryRemove(gone.Key, out _);
        Ring();
    }

    void IResourceObserver.Report(string? problem)
    {
        if (problem is not null)
        {
            logger.LogWarning("Pods cannot be followed, so missing sidecars go unnoticed: {Problem}", problem);
        }
    }

    private void Ring() => _changed.Writer.TryWrite(true);

    private async Task LookAsync(CancellationToken cancellation)
    {
        var missing = SidecarAudit.Missing(_pods.Values, namespaces.All, injection());
        Missing = missing.CountBy(pod => pod.Namespace, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var reported = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var pod in missing)
        {
            if (_reported.Contains(pod.Uid) || await ReportAsync(pod, cancellation))
            {
                reported.Add(pod.Uid);
            }
        }

        _reported = reported.ToImmutable();
    }

    // False where the Event could not be written: tried again with the next change.
    private async Task<bool> ReportAsync(PodRecord pod, CancellationToken cancellation)
    {
        const string Message =
            "The pod runs without the sidecar that its namespace or its labels ask for: it was created before they did, or while the injector "
            + "could not be reached. Create it anew, for instance with kubectl rollout restart.";
        logger.LogWarning("{Namespace}/{Pod} runs without its sidecar", pod.Namespace, pod.Name);
        try
        {
            await client.CreateAsync(Events, pod.Namespace, Event(pod, Message), cancellation);
            return true;
        }
        catch (ApiException e) when (e.Status.Code == 409)
        {
            // Another replica was quicker.
            return true;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            logger.LogWarning("The Event of {Namespace}/{Pod} cannot be written: {Reason}", pod.Namespace, pod.Name, e.Message);
            return false;
        }
    }

    private byte[] Event(PodRecord pod, string message)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                apiVersion = "v1",
                kind = "Event",
                // One name for all replicas, so that the pod has one Event.
                metadata = new { name = $"{pod.Name[..Math.Min(pod.Name.Length, 200)]}.{pod.Uid}", @namespace = pod.Namespace },
                involvedObject = new
                {
                    apiVersion = "v1",
                    kind = "Pod",
                    name = pod.Name,
                    @namespace = pod.Namespace,
                    uid = pod.Uid,
                },
                type = "Warning",
                reason = "SidecarMissing",
                message,
                count = 1,
                firstTimestamp = now,
                lastTimestamp = now,
                source = new { component = "istio-sidecar-injector" },
                reportingComponent = "istio-sidecar-injector",
                reportingInstance = "",
            }
        );
    }
}
