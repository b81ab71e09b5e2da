using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Leases;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// Writes <see cref="ObjectStatus"/> into the mesh objects of a cluster, by the leader alone and few at a time. It writes only what differs from what
/// stands there, so that its own writes cause none.
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
    /// <summary>Writes a second, over all objects.</summary>
    public const double Rate = 10;

    /// <summary>Writes at once after a quiet time.</summary>
    public const double Burst = 20;

    /// <summary>Between two writes to one object that only change numbers or wording.</summary>
    public static readonly TimeSpan MinorPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ObjectKey, Written> written = [];
    private readonly TokenBucket bucket = new(Rate, Burst);
    private bool reported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var start = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!elector.Leads)
            {
                written.Clear();
            }
            else if (store.Current is { } state && !stoppingToken.IsCancellationRequested)
            {
                await RoundAsync(state, () => time.GetElapsedTime(start), stoppingToken);
            }
        }
    }

    private async Task RoundAsync(MeshState state, Func<TimeSpan> uptime, CancellationToken stopping)
    {
        var page = ledger.Current;
        var counts = new ProgrammedCounts(page, reports.Views, reports.Others);
        var findings = state.Diagnostics.Where(d => d.Object is not null).ToLookup(d => d.Object!.Value);
        var due = new List<(ClusterObject Object, StatusChange Change)>();
        foreach (var item in source.MeshObjects())
        {
            // A version that was not published yet has its turn in the next round.
            var known = page.Objects.GetValueOrDefault(item.Key);
            if (!ReferenceEquals(known?.Object, item.InForce))
            {
                continue;
            }

            ImmutableArray<Diagnostic> all = [.. item.Diagnostics.Concat(findings[item.Key]).Distinct()];
            var last = written.GetValueOrDefault(item.Key);
            var status = last?.Over == item.ResourceVersion ? last.Status : item.Status;
            var programmed = known is null ? default : counts.Since(known.Since);
            if (
                ObjectStatus.Next(status, item.Generation, all, item.InForce is not null, programmed, time.GetUtcNow()) is { } change
                && (!change.IsMinor || last is null || time.GetElapsedTime(last.At) >= MinorPeriod)
            )
            {
                due.Add((item, change));
            }
        }

        // What tells something new first, then who has waited longest.
        foreach (
            var (item, change) in due.OrderBy(one => one.Change.IsMinor).ThenBy(one => written.GetValueOrDefault(one.Object.Key)?.At ?? 0)
        )
        {
            if (!bucket.TryTake(uptime()) || !elector.Leads || !await WriteAsync(item, change, stopping))
            {
                return;
            }
        }
    }

    // False where there is no sense in going on for now.
    private async Task<bool> WriteAsync(ClusterObject item, StatusChange change, CancellationToken stopping)
    {
        var last = written.GetValueOrDefault(item.Key);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = last?.Over == item.ResourceVersion ? last.Version : item.ResourceVersion,
            },
            ["status"] = change.Status,
        };
        try
        {
            var answer = await client.MergePatchAsync(
                source.ResourceOf(item.Key.Kind)!,
                item.Key.Namespace,
                item.Key.Name,
                Encoding.UTF8.GetBytes(patch.ToJsonString()),
                "status",
                stopping
            );
            using var json = JsonDocument.Parse(answer.Json);
            var status = json.RootElement.TryGetProperty("status", out var found) ? Encoding.UTF8.GetBytes(found.GetRawText()) : [];
            written[item.Key] = new(item.ResourceVersion, answer.ResourceVersion, status, time.GetTimestamp());
            reported = false;
            return true;
        }
        catch (ApiException e) when (e.Status.IsConflict || e.Status.Code == 404)
        {
            // It changed or went meanwhile: its watch says so before the next round, or the round after.
            written.Remove(item.Key);
            return true;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e))
        {
            if (!stopping.IsCancellationRequested && !reported)
            {
                LogProblem(logger, item.Key.ToString(), e.Message);
                reported = true;
            }

            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of {Object} cannot be written: {Problem}")]
    private static partial void LogProblem(ILogger logger, string @object, string problem);

    /// <param name="Over">The version that the write was made over: while the watch shows it, it has not seen the write.</param>
    /// <param name="Version">What the write made.</param>
    private sealed record Written(string Over, string Version, ReadOnlyMemory<byte> Status, long At);
}
