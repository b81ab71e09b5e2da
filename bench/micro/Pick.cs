using System.Collections.Immutable;
using System.Net;
using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Bench;

/// <summary>Choosing the destination and the endpoint of one request.</summary>
public class Pick
{
    private readonly WeightedDestinations _two = Destinations(80, 20);
    private readonly Cluster _roundRobin = Cluster(LoadBalancer.RoundRobin, _ => 1);
    private readonly Cluster _weightedRoundRobin = Cluster(LoadBalancer.RoundRobin, i => i + 1);
    private readonly Cluster _random = Cluster(endpoints => LoadBalancer.Random(endpoints, Random.Shared), i => i + 1);
    private readonly Cluster _leastRequest = Cluster(endpoints => LoadBalancer.LeastRequest(endpoints, Random.Shared), _ => 1);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? Destination() => _two.Pick();

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int RoundRobinOf10() => _roundRobin.Balancer.Pick(new(_roundRobin));

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int WeightedRoundRobinOf10() => _weightedRoundRobin.Balancer.Pick(new(_weightedRoundRobin));

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int WeightedRandomOf10() => _random.Balancer.Pick(new(_random));

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int LeastRequestOf10() => _leastRequest.Balancer.Pick(new(_leastRequest));

    internal static WeightedDestinations Destinations(params uint[] weights) =>
        new(
            [
                .. weights.Select(
                    (weight, i) =>
                        new WeightedDestination
                        {
                            ClusterName = $"v{i}",
                            Cluster = null,
                            Weight = weight,
                        }
                ),
            ],
            new PickState()
        );

    private static Cluster Cluster(Func<ImmutableArray<Endpoint>, LoadBalancer> balancer, Func<uint, uint> weight)
    {
        ImmutableArray<Endpoint> endpoints =
        [
            .. Enumerable
                .Range(0, 10)
                .Select(i => new Endpoint
                {
                    Address = new IPEndPoint(IPAddress.Loopback, 1000 + i),
                    Weight = weight((uint)i),
                    Workload = WorkloadInfo.Unknown,
                    State = new EndpointState(),
                }),
        ];
        return new Cluster
        {
            Name = "outbound|80||shop",
            ServiceHost = "shop",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = endpoints,
            Balancer = balancer(endpoints),
            State = new ClusterState(),
        };
    }
}
