using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Status;
using Mesh.ControlPlane.Tests.Sources.Kubernetes;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.ControlPlane.Translation;
using Mesh.Kubernetes.Leases;
using Mesh.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>What a cluster of two thousand objects is written, counted at the API server, by a clock of the test's own.</summary>
public sealed class StatusWriterTests
{
    private const int Many = 2000;

    private readonly ManualTime _time = new();
    private readonly MeshStore _store = new();
    private readonly ConfigurationLedger _ledger = new();
    private long _number;

    [Fact]
    public async Task Two_thousand_objects_are_written_once_then_only_what_changed_and_an_error_overtakes_the_numbers()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        for (var i = 0; i < Many; i++)
        {
            cluster.Server.PutYaml(Given.Rule($"rule-{i:D4}", "shop", $"host-{i}"));
        }

        await cluster.FollowAsync();
        var clients = new SyncStatusStore(_time);
        Publish(await cluster.ReadAsync());
        Connect(clients, "one");
        using var stop = new CancellationTokenSource();
        var elector = new LeaderElector(cluster.Client, "mesh", "leader", "here", LeaseTimes.Default, TimeProvider.System);
        var electing = elector.RunAsync(stop.Token);
        using var reports = new ReplicaReports(
            cluster.Client,
            "mesh",
            "here",
            _ledger,
            clients,
            _time,
            NullLogger<ReplicaReports>.Instance
        );
        using var writer = new StatusWriter(
            cluster.Client,
            cluster.Source,
            _store,
            _ledger,
            reports,
            elector,
            _time,
            NullLogger<StatusWriter>.Instance
        );
        await UntilAsync(() => elector.Leads);
        await writer.StartAsync(CancellationToken.None);

        // Each once, at the rate that is allowed.
        var rounds = 0;
        for (; Writes(cluster).Length < Many; rounds++)
        {
            await RoundAsync();
            Assert.InRange(Writes(cluster).Length, 0, (int)(StatusSchedule.Burst + (rounds * StatusSchedule.Rate)));
        }

        Assert.Equal(Many, Writes(cluster).Distinct().Count());
        Assert.Equal("programmed on 1 of 1 proxies", Message(cluster, "rule-0000", "Programmed"));

        // One change: one object.
        var before = Writes(cluster).Length;
        cluster.Server.PutYaml(Given.Rule("rule-0007", "shop", "host-7").Replace("RANDOM", "ROUND_ROBIN", StringComparison.Ordinal));
        Publish(await cluster.UntilAsync(state => Generation(state, "rule-0007") == 2));
        await RoundAsync(10);
        Assert.All(Writes(cluster)[before..], write => Assert.EndsWith("/rule-0007/status", write, StringComparison.Ordinal));
        Assert.InRange(Writes(cluster).Length - before, 1, 2);

        // A second proxy is told to all of them, little by little.
        Settle(clients);
        Connect(clients, "two");
        await RoundAsync(60);
        before = Writes(cluster).Length;
        await RoundAsync(10);
        Assert.InRange(Writes(cluster).Length - before, 1, (int)(11 * StatusSchedule.Rate));

        // What is wrong comes before all those that still wait.
        cluster.Server.PutYaml(Given.Rule("broken", "shop", "host-1").Replace("RANDOM", "FASTEST", StringComparison.Ordinal));
        Publish(await cluster.UntilAsync(state => state.Diagnostics.Any(d => d.Object?.Name == "broken")));
        await RoundAsync(2);
        Assert.Contains("FASTEST", Message(cluster, "broken", "Accepted"), StringComparison.Ordinal);
        Assert.Contains(
            Enumerable.Range(0, Many),
            i => Message(cluster, $"rule-{i:D4}", "Programmed").EndsWith("of 1 proxies", StringComparison.Ordinal)
        );

        await writer.StopAsync(CancellationToken.None);
        await stop.CancelAsync();
        await electing;
    }

    [Fact]
    public async Task Only_the_leader_writes_and_a_kind_that_may_not_be_written_keeps_nobody_else_waiting()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(Given.Rule("rule", "shop", "books"));
        cluster.Server.PutYaml(Given.Routes("routes", "shop", "books"));
        await cluster.FollowAsync();
        Publish(await cluster.ReadAsync());
        cluster.Server.Faults.FailPath = ("/destinationrules/rule/status", 403);
        var clients = new SyncStatusStore(_time);
        using var stop = new CancellationTokenSource();
        var electors = new[] { "one", "two" }
            .Select(identity => new LeaderElector(cluster.Client, "mesh", "leader", identity, LeaseTimes.Default, TimeProvider.System))
            .ToArray();
        var electing = electors[0].RunAsync(stop.Token);
        await UntilAsync(() => electors[0].Leads);
        electing = Task.WhenAll(electing, electors[1].RunAsync(stop.Token));
        using var reports = new ReplicaReports(cluster.Client, "mesh", "x", _ledger, clients, _time, NullLogger<ReplicaReports>.Instance);
        var writers = electors
            .Select(elector => new StatusWriter(
                cluster.Client,
                cluster.Source,
                _store,
                _ledger,
                reports,
                elector,
                _time,
                NullLogger<StatusWriter>.Instance
            ))
            .ToArray();
        foreach (var writer in writers)
        {
            await writer.StartAsync(CancellationToken.None);
        }

        await RoundAsync(30, writers.Length);
        Assert.Equal("the object is sound", Message(cluster, "routes", "Accepted", "VirtualService"));
        Assert.Single(Writes(cluster), write => write.Contains("virtualservices", StringComparison.Ordinal));
        Assert.InRange(Writes(cluster).Count(write => write.Contains("destinationrules", StringComparison.Ordinal)), 2, 4);
        foreach (var writer in writers)
        {
            await writer.StopAsync(CancellationToken.None);
            writer.Dispose();
        }

        await stop.CancelAsync();
        await electing;
    }

    private static ImmutableArray<string> Writes(ClusterHarness cluster) =>
        [
            .. cluster.Server.Requests.Where(one =>
                one.StartsWith("PATCH", StringComparison.Ordinal) && one.EndsWith("/status", StringComparison.Ordinal)
            ),
        ];

    private static string Message(ClusterHarness cluster, string name, string type, string kind = "DestinationRule") =>
        (string?)
            (cluster.Server.Find("networking.istio.io/v1", kind, "shop", name)?["status"]?["conditions"] as JsonArray ?? [])
                .SingleOrDefault(condition => (string?)condition!["type"] == type)
                ?["message"]
        ?? "";

    private static long Generation(SourceState state, string name) => state.Objects.Single(item => item.Key.Name == name).Generation;

    private void Publish(SourceState source)
    {
        var objects = ObjectSet.From(source.Objects);
        var translation = Translator.Translate(objects, MeshSettings.Default);
        ImmutableArray<Diagnostic> diagnostics = [.. source.Diagnostics, .. translation.Diagnostics];
        var state = new MeshState(++_number, objects, translation.Snapshot, diagnostics, 0);
        _ledger.Published(state, _number.ToString(CultureInfo.InvariantCulture));
        _store.Publish(state);
    }

    private void Connect(SyncStatusStore clients, string pod)
    {
        clients.Connect("127.0.0.1:1", "delta").Node = NodeInfo.Parse(
            new Pb.Node { Id = $"sidecar~127.0.0.9~{pod}.shop~shop.svc.cluster.local" }
        );
        Settle(clients);
    }

    private void Settle(SyncStatusStore clients)
    {
        foreach (var client in clients.Clients)
        {
            client.SettledVersion = _number.ToString(CultureInfo.InvariantCulture);
        }
    }

    private async Task RoundAsync(int rounds = 1, int writers = 1)
    {
        for (var i = 0; i < rounds; i++)
        {
            await UntilAsync(() => _time.Waiting == writers);
            _time.Advance(TimeSpan.FromSeconds(1));
            await UntilAsync(() => _time.Waiting == writers);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(ClusterHarness.Bound);
        while (!condition())
        {
            await Task.Delay(1, limit.Token);
        }
    }
}
