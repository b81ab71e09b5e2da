using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.ControlPlane.Delivery;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Watching;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// Tells the other replicas what the proxies of this one have, and hears theirs: a Lease a replica, which runs out by itself when the replica is
/// gone. Any replica serves any proxy, so nobody knows all of them alone.
/// </summary>
internal sealed partial class ReplicaReports(
    KubernetesClient client,
    string ns,
    string identity,
    ConfigurationLedger ledger,
    SyncStatusStore clients,
    TimeProvider time,
    ILogger<ReplicaReports> logger
) : BackgroundService, IResourceObserver
{
    /// <summary>A report is renewed so often where nothing changes.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);

    /// <summary>A report that was not renewed for so long is nobody's any more.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>A Lease that was not renewed for so long is removed: its replica ended without a word.</summary>
    public static readonly TimeSpan Leftover = TimeSpan.FromMinutes(5);

    private const string Label = "mesh.extensions/component";
    private const string Annotation = "mesh.extensions/programmed";
    private const int MostProxies = 1_000_000;
    private const string Manager = "mesh-replica";

    private static readonly ApiResource Leases = new("coordination.k8s.io", "v1", "leases", "Lease");

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private bool reported;
    private ImmutableDictionary<string, Heard> others = ImmutableDictionary<string, Heard>.Empty;

    /// <summary>What every connected proxy of this replica has settled at.</summary>
    public ImmutableArray<string> Views =>
        [.. clients.Clients.Where(client => client.Node is not null).Select(client => client.SettledVersion)];

    /// <summary>What the other living replicas say.</summary>
    public ImmutableArray<ImmutableDictionary<string, int>> Others =>
        [.. others.Values.Where(heard => time.GetElapsedTime(heard.At) < Life).Select(heard => heard.Counts)];

    void IResourceObserver.Replace(IReadOnlyList<KubernetesObject> all)
    {
        lock (gate)
        {
            others = all.Where(item => item.Name != Name).ToImmutableDictionary(item => item.Name, Hear);
        }
    }

    void IResourceObserver.Apply(KubernetesObject changed)
    {
        lock (gate)
        {
            others = changed.Name == Name ? others : others.SetItem(changed.Name, Hear(changed));
        }
    }

    void IResourceObserver.Remove(KubernetesObject gone)
    {
        lock (gate)
        {
            others = others.Remove(gone.Name);
        }
    }

    void IResourceObserver.Report(string? problem)
    {
        if (problem is not null)
        {
            LogProblem(logger, problem);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watching = new ResourceWatcher(client, Leases, ns, new ListOptions($"{Label}=replica"), this, time, Random.Shared).RunAsync(
            stoppingToken
        );
        var (told, toldAt) = ((string?)null, 0L);
        while (!stoppingToken.IsCancellationRequested)
        {
            var report = Write(ProgrammedCounts.Report(ledger.Current, Views));
            if ((report != told || time.GetElapsedTime(toldAt) >= Renewal) && await TellAsync(report, stoppingToken))
            {
                (told, toldAt) = (report, time.GetTimestamp());
            }

            foreach (var (name, _) in others.Where(heard => time.GetElapsedTime(heard.Value.At) >= Leftover))
            {
                await ForgetAsync(name);
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await watching;
        await ForgetAsync(Name);
    }

    private string Name => $"mesh-replica-{identity}";

    private async Task<bool> TellAsync(string report, CancellationToken stopping)
    {
        var lease = new JsonObject
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { [Label] = "replica" },
                ["annotations"] = new JsonObject { [Annotation] = report },
            },
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = identity,
                ["leaseDurationSeconds"] = (int)Life.TotalSeconds,
                ["renewTime"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            },
        };
        try
        {
            await client.ApplyAsync(Leases, ns, Name, Encoding.UTF8.GetBytes(lease.ToJsonString()), Manager, force: true, null, stopping);
            reported = false;
            return true;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            if (!stopping.IsCancellationRequested && !reported)
            {
                LogProblem(logger, e.Message);
                reported = true;
            }

            return false;
        }
    }

    private async Task ForgetAsync(string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        try
        {
            await client.DeleteAsync(Leases, ns, name, limit.Token);
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            LogProblem(logger, e.Message); // it runs out by itself
        }
    }

    private Heard Hear(KubernetesObject lease)
    {
        using var json = JsonDocument.Parse(lease.Json);
        var counts = ImmutableDictionary<string, int>.Empty;
        try
        {
            if (
                json.RootElement.GetProperty("metadata").TryGetProperty("annotations", out var annotations)
                && annotations.TryGetProperty(Annotation, out var text)
            )
            {
                counts = JsonSerializer.Deserialize<ImmutableDictionary<string, int>>(text.GetString() ?? "") ?? counts;
            }
        }
        catch (JsonException)
        {
            // Somebody else wrote it; it counts nobody.
        }

        // A number that nobody can mean must not be counted up to.
        return new(
            counts.RemoveRange(counts.Where(count => count.Value is < 0 or > MostProxies).Select(count => count.Key)),
            time.GetTimestamp()
        );
    }

    private static string Write(ImmutableDictionary<string, int> counts) =>
        JsonSerializer.Serialize(new SortedDictionary<string, int>(counts, StringComparer.Ordinal));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Replicas cannot tell each other what their proxies have: {Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);

    private sealed record Heard(ImmutableDictionary<string, int> Counts, long At);
}
