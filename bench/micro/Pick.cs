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
    private readonly Cluster _random = Cluster(endpoints => Balancer(BalancerKind.Random, endpoints), i => i + 1);
    private readonly Cluster _leastRequest = Cluster(endpoints => Balancer(BalancerKind.LeastRequest, endpoints), _ => 1);

    private readonly Cluster _peakEwma = Cluster(endpoints => Balancer(BalancerKind.PeakEwma, endpoints), _ => 1);
    private readonly Cluster _ringHash = Cluster(endpoints => Balancer(BalancerKind.RingHash, endpoints), _ => 1);
    private readonly Cluster _maglev = Cluster(endpoints => Balancer(BalancerKind.Maglev, endpoints), _ => 1);
    private ulong _key;

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

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int PeakEwmaOf10() => _peakEwma.Balancer.Pick(new(_peakEwma));

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int RingHashOf10() => _ringHash.Balancer.Pick(new(_ringHash) { Hash = NextHash() });

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int MaglevOf10() => _maglev.Balancer.Pick(new(_maglev) { Hash = NextHash() });

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

    private static LoadBalancer Balancer(BalancerKind kind, ImmutableArray<Endpoint> endpoints) =>
        LoadBalancer.Create(endpoints, new BalancerSettings(kind), Random.Shared, TimeProvider.System);

    private RequestHash NextHash() => new(_key += 0x9E3779B97F4A7C15);

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
