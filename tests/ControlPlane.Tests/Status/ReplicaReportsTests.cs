using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Status;
using Mesh.ControlPlane.Tests.Sources.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>What replicas hear of each other, and of those that are gone.</summary>
public sealed class ReplicaReportsTests
{
    [Fact]
    public async Task A_replica_that_ended_without_a_word_counts_for_half_a_minute_and_its_Lease_goes_later()
    {
        await using var cluster = await ClusterHarness.StartAsync();
        cluster.Server.PutYaml(
            """
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata:
              name: mesh-replica-gone
              namespace: mesh
              labels: { mesh.extensions/component: replica }
              annotations: { mesh.extensions/programmed: '{"abc":3,"less":-1,"more":2000000000}' }
            spec: {}
            """
        );
        var time = new ShiftedTime();
        using var reports = new ReplicaReports(
            cluster.Client,
            "mesh",
            "here",
            new ConfigurationLedger(),
            new SyncStatusStore(time),
            time,
            NullLogger<ReplicaReports>.Instance
        );
        await reports.StartAsync(CancellationToken.None);
        await Until(() => reports.Others.Length == 1);
        Assert.Equal(("abc", 3), reports.Others[0].Select(count => (count.Key, count.Value)).Single());
        await Until(() => Exists(cluster, "here"));

        time.Shift = ReplicaReports.Life;
        Assert.Empty(reports.Others);
        Assert.True(Exists(cluster, "gone"));
        time.Shift = ReplicaReports.Leftover;
        await Until(() => !Exists(cluster, "gone"));

        await reports.StopAsync(CancellationToken.None);
        Assert.False(Exists(cluster, "here"));
    }

    private static bool Exists(ClusterHarness cluster, string identity) =>
        cluster.Server.Find("coordination.k8s.io/v1", "Lease", "mesh", "mesh-replica-" + identity) is not null;

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(ClusterHarness.Bound);
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>The system's time, later by a shift; its timers run as ever.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long shift;

        public TimeSpan Shift
        {
            set => Volatile.Write(ref shift, (long)(value.TotalSeconds * System.TimestampFrequency));
        }

        public override long TimestampFrequency => System.TimestampFrequency;

        public override long GetTimestamp() => System.GetTimestamp() + Volatile.Read(ref shift);
    }
}
