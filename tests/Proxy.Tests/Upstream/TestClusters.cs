using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Tests.Upstream;

/// <summary>Short ways to write clusters in tests.</summary>
internal static class TestClusters
{
    public static ImmutableArray<Endpoint> Endpoints(params uint[] weights) =>
        [
            .. weights.Select(
                (weight, index) =>
                    new Endpoint
                    {
                        Address = new IPEndPoint(IPAddress.Loopback, 1000 + index),
                        Weight = weight,
                        Workload = WorkloadInfo.Unknown,
                        State = new EndpointState(),
                    }
            ),
        ];

    public static Cluster Cluster(
        ImmutableArray<Endpoint> endpoints,
        LoadBalancer balancer,
        ClusterState? state = null,
        double panic = 0
    ) =>
        new()
        {
            Name = "outbound|80||shop",
            ServiceHost = "shop",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = endpoints,
            Balancer = balancer,
            PanicThreshold = panic,
            State = state ?? new ClusterState(),
        };

    public static LoadBalancer Balancer(BalancerKind kind, ImmutableArray<Endpoint> endpoints, Random random) =>
        LoadBalancer.Create(endpoints, new BalancerSettings(kind), random, TimeProvider.System);

    public static void Eject(Cluster cluster, int endpoint, bool ejected)
    {
        var ejection = cluster.Endpoints[endpoint].State.Ejection;
        if (ejected)
        {
            ejection.Eject(TimeSpan.Zero, multiplier: 1, jitter: TimeSpan.Zero);
        }
        else
        {
            ejection.Return(TimeSpan.Zero);
        }

        cluster.State.Outliers.HealthChanged();
    }

    public static int[] Counts(Cluster cluster, int picks)
    {
        var counts = new int[cluster.Endpoints.Length];
        for (var i = 0; i < picks; i++)
        {
            counts[cluster.Balancer.Pick(new(cluster))]++;
        }

        return counts;
    }

    /// <summary>Asserts shares within five standard deviations of independent draws.</summary>
    public static void AssertShares(int[] counts, params double[] shares)
    {
        var total = counts.Sum();
        for (var i = 0; i < counts.Length; i++)
        {
            var deviation = Math.Sqrt(total * shares[i] * (1 - shares[i]));
            Assert.InRange(counts[i], (total * shares[i]) - (5 * deviation), (total * shares[i]) + (5 * deviation));
        }
    }
}
