using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Leases;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// Writes <see cref="ObjectStatus"/> into the mesh objects of a cluster, by the leader alone, in the order and at the rate of a
/// <see cref="StatusSchedule"/>. It writes only what differs from what stands there, so that its own writes cause none.
/// </summary>
internal sealed partial class StatusWriter(
    KubernetesClient client,
    KubernetesSource source,
    MeshStore store,
    ConfigurationLedger ledger,
    ReplicaReports reports,
    LeaderElector elector,
    TimeProvider time,
    ILogger<StatusWriter> logger
) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly StatusSchedule schedule = new();
    private readonly HashSet<(string Kind, int Code)> reported = [];
    private readonly long start = time.GetTimestamp();
    private (MeshState? Of, ImmutableDictionary<ObjectKey, ImmutableArray<Diagnostic>> By) findings = (
        null,
        ImmutableDictionary<ObjectKey, ImmutableArray<Diagnostic>>.Empty
    );

    private TimeSpan Uptime => time.GetElapsedTime(start);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!elector.Leads)
            {
                schedule.Reset();
            }
            else if (store.Current is { } state && !stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await RoundAsync(state, stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // A bug met by one object: what changes next gets its chance.
                    LogBug(logger, e);
                }
            }
        }
    }

    private async Task RoundAsync(MeshState state, CancellationToken stopping)
    {
        var page = ledger.Current;
        var counts = new ProgrammedCounts(page, reports.Views, reports.Others);
        var objects = source.MeshObjects();
        schedule.Keep(objects.Select(item => item.Key).ToHashSet());
        schedule.See(Subjects(objects, state, page, counts), time.GetUtcNow(), Uptime);
        foreach (var entry in schedule.Due(Uptime))
        {
            if (!elector.Leads || stopping.IsCancellationRequested || !schedule.TryTake(entry, Uptime))
            {
                return;
            }

            await WriteAsync(entry, stopping);
        }
    }

    private IEnumerable<StatusSubject> Subjects(
        ImmutableArray<ClusterObject> objects,
        MeshState state,
        LedgerPage page,
        ProgrammedCounts counts
    )
    {
        if (!ReferenceEquals(findings.Of, state))
        {
            findings = (
                state,
                state
                    .Diagnostics.Where(d => d.Object is not null)
                    .GroupBy(d => d.Object!.Value)
                    .ToImmutableDictionary(group => group.Key, group => Kept(group.Key, [.. group]))
            );
        }

        foreach (var item in objects)
        {
            // A version that was not published yet has its turn in a later round.
            var known = page.Objects.GetValueOrDefault(item.Key);
            if (ReferenceEquals(known?.Object, item.InForce))
            {
                var found = findings.By.GetValueOrDefault(item.Key, []);
                yield return new(item, known?.Since ?? 0, found, known is null ? default : counts.Since(known.Since));
            }
        }
    }

    // The same instance as before where nothing was found anew.
    private ImmutableArray<Diagnostic> Kept(ObjectKey key, ImmutableArray<Diagnostic> now) =>
        findings.By.TryGetValue(key, out var before) && before.SequenceEqual(now) ? before : now;

    private async Task WriteAsync(StatusEntry entry, CancellationToken stopping)
    {
        var item = entry.Subject.Object;
        try
        {
            // What others have in there stays without being sent.
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = entry.ResourceVersion },
                ["status"] = new JsonObject
                {
                    ["conditions"] = entry.Change!.Status["conditions"]!.DeepClone(),
                    ["observedGeneration"] = entry.Change.Status["observedGeneration"]!.DeepClone(),
                },
            };
            var answer = await client.MergePatchAsync(
                source.ResourceOf(item.Key.Kind)!,
                item.Key.Namespace,
                item.Key.Name,
                Encoding.UTF8.GetBytes(patch.ToJsonString()),
                "status",
                stopping
            );
            var status = TrimmedObject.Of(answer.Json.Span, item.Key.Kind, isMeshKind: true).Status;
            schedule.Written(entry, answer.ResourceVersion, status, Uptime);
            reported.RemoveWhere(problem => problem.Kind == item.Key.Kind);
        }
        catch (ApiException e) when (!e.Status.IsTransient && e.Status.Code != 401)
        {
            schedule.Refused(entry, Uptime);
            if (!e.Status.IsConflict && e.Status.Code != 404)
            {
                Report(item.Key, e.Status.Code, e);
            }
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            schedule.Unavailable(Uptime, (e as ApiException)?.Status.RetryAfter);
            if (!stopping.IsCancellationRequested)
            {
                Report(item.Key, 0, e);
            }
        }
        catch (Exception e)
        {
            // A bug met by one object holds up no other.
            schedule.Refused(entry, Uptime);
            LogBug(logger, e);
        }
    }

    // One line a problem, not one an object.
    private void Report(ObjectKey key, int code, Exception e)
    {
        if (reported.Add((key.Kind, code)))
        {
            LogProblem(logger, key.ToString(), e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A status cannot be written for an internal error")]
    private static partial void LogBug(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of {Object} cannot be written: {Problem}")]
    private static partial void LogProblem(ILogger logger, string @object, string problem);
}
