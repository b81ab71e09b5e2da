using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Watching;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Sources.Kubernetes;

/// <summary>
/// Follows everything in a cluster that means something to the mesh. The first read waits for the first list of every kind; a kind that the
/// cluster has in none of its versions counts as empty and is looked for again.
/// </summary>
internal sealed partial class KubernetesSource : BackgroundService, IObjectSource
{
    /// <summary>Between looks for a kind that the cluster does not have.</summary>
    public static readonly TimeSpan AbsentPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly KubernetesClient client;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ImmutableArray<ClusterCollection> collections;
    private readonly ConcurrentDictionary<string, ApiResource> resources = new(StringComparer.Ordinal);
    private readonly ClusterSet set = new();
    private readonly Lock gate = new();
    private readonly Signal signal = new();
    private readonly HashSet<ClusterCollection> listed = [];
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public KubernetesSource(KubernetesClient client, string rootNamespace, TimeProvider time, ILogger<KubernetesSource> logger)
    {
        (this.client, this.time, this.logger) = (client, time, logger);
        collections = ClusterCollection.All(rootNamespace);
    }

    public Task WaitForSignalAsync(CancellationToken cancellationToken) => signal.WaitAsync(cancellationToken);

    public void Hush() => signal.Reset();

    public async Task<SourceState> ReadAsync(CancellationToken cancellationToken)
    {
        await synced.Task.WaitAsync(cancellationToken);
        // What happens from here on rings again.
        signal.Reset();
        lock (gate)
        {
            return set.State;
        }
    }

    /// <summary>Objects of mesh kinds as they stand, those too that are refused.</summary>
    public ImmutableArray<ClusterObject> MeshObjects()
    {
        var kinds = collections.Where(one => one.Kind.IsMeshKind).Select(one => one.Kind.Kind).ToHashSet(StringComparer.Ordinal);
        lock (gate)
        {
            return [.. set.All.Where(item => kinds.Contains(item.Key.Kind))];
        }
    }

    /// <summary>How the cluster serves a kind; null before its first list.</summary>
    public ApiResource? ResourceOf(string kind) => resources.GetValueOrDefault(kind);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(collections.Select(collection => FollowAsync(collection, stoppingToken)));

    private async Task FollowAsync(ClusterCollection collection, CancellationToken stopping)
    {
        // Start-up must not wait for the network.
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var hasVersions = collection.Kind.Versions.Length > 1;
                var version = hasVersions ? await FindVersionAsync(collection, stopping) : collection.Kind.Versions[0];
                var resource = resources[collection.Kind.Kind] = collection.Resource(version);
                await new ResourceWatcher(
                    client,
                    resource,
                    collection.Namespace,
                    collection.Options,
                    new Observer(this, collection),
                    time,
                    Random.Shared
                ).RunAsync(stopping, endsWhenAbsent: hasVersions);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // The process ends.
            }
            catch (Exception e)
            {
                // A bug that one answer meets must not end the following of its kind for ever, without a word.
                LogBug(logger, collection.Kind.Plural, e);
                await Task.Delay(AbsentPeriod, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<string> FindVersionAsync(ClusterCollection collection, CancellationToken stopping)
    {
        var failed = false;
        while (true)
        {
            try
            {
                foreach (var version in collection.Kind.Versions)
                {
                    if (await ServesAsync(collection.Resource(version), stopping))
                    {
                        return version;
                    }
                }

                Listed(collection, changed: false);
                await Task.Delay(AbsentPeriod, time, stopping);
            }
            catch (Exception e) when (KubernetesClient.IsFailure(e, stopping))
            {
                if (!failed)
                {
                    LogProblem(logger, e.Message);
                    failed = true;
                }

                await Task.Delay(AfterFailure, time, stopping);
            }
        }
    }

    private async Task<bool> ServesAsync(ApiResource resource, CancellationToken stopping)
    {
        try
        {
            using var answer = await client.CallAsync(HttpMethod.Get, $"apis/{resource.ApiVersion}", null, stopping);
            return answer.RootElement.TryGetProperty("resources", out var resources)
                && resources.EnumerateArray().Any(served => served.GetProperty("name").GetString() == resource.Plural);
        }
        catch (ApiException e) when (e.Status.Code == 404)
        {
            return false;
        }
    }

    private void Listed(ClusterCollection collection, bool changed)
    {
        if (listed.Count < collections.Length)
        {
            lock (gate)
            {
                listed.Add(collection);
                if (listed.Count == collections.Length)
                {
                    synced.TrySetResult();
                }
            }
        }

        if (changed)
        {
            signal.Ring();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster cannot be followed for the moment, what is known stays: {Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Resource} cannot be followed for an internal error; they are listed again")]
    private static partial void LogBug(ILogger logger, string resource, Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Resource} are followed again")]
    private static partial void LogFollowed(ILogger logger, string resource);

    /// <summary>Takes one collection's changes into the set.</summary>
    private sealed class Observer(KubernetesSource source, ClusterCollection collection) : IResourceObserver
    {
        private string? reported;

        public void Replace(IReadOnlyList<KubernetesObject> all)
        {
            bool changed;
            lock (source.gate)
            {
                changed = source.set.Replace(collection.Kind, all);
            }

            source.Listed(collection, changed);
        }

        public void Apply(KubernetesObject changed)
        {
            bool matters;
            lock (source.gate)
            {
                matters = source.set.Apply(collection.Kind, changed);
            }

            source.Listed(collection, matters);
        }

        public void Remove(KubernetesObject gone)
        {
            bool matters;
            lock (source.gate)
            {
                matters = source.set.Remove(collection.Kind, gone);
            }

            source.Listed(collection, matters);
        }

        public void Report(string? problem)
        {
            // One line a problem, not one an attempt.
            if (problem is null)
            {
                LogFollowed(source.logger, collection.Kind.Plural);
            }
            else if (problem != reported)
            {
                LogProblem(source.logger, problem);
            }

            reported = problem;
        }
    }
}
