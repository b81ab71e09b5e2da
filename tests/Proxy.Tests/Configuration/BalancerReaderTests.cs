using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream.Balancing;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class BalancerReaderTests
{
    [Fact]
    public void Each_policy_is_read_from_either_field()
    {
        Same(
            new(BalancerKind.RoundRobin) { SlowStart = new(TimeSpan.FromSeconds(30), 20, 2) },
            c =>
            {
                c.LbPolicy = Pb.Cluster.Types.LbPolicy.RoundRobin;
                c.RoundRobinLbConfig = new()
                {
                    SlowStartConfig = new()
                    {
                        SlowStartWindow = Seconds(30),
                        MinWeightPercent = new() { Value = 20 },
                        Aggression = new() { DefaultValue = 2 },
                    },
                };
            },
            new Pb.RoundRobin
            {
                SlowStartConfig = new()
                {
                    SlowStartWindow = Seconds(30),
                    MinWeightPercent = new() { Value = 20 },
                    Aggression = new() { DefaultValue = 2 },
                },
            }
        );
        Same(
            new(BalancerKind.LeastRequest) { Choices = 5, SlowStart = new(TimeSpan.FromSeconds(5)) },
            c =>
            {
                c.LbPolicy = Pb.Cluster.Types.LbPolicy.LeastRequest;
                c.LeastRequestLbConfig = new()
                {
                    ChoiceCount = 5,
                    SlowStartConfig = new() { SlowStartWindow = Seconds(5) },
                };
            },
            new Pb.LeastRequest
            {
                ChoiceCount = 5,
                SlowStartConfig = new() { SlowStartWindow = Seconds(5) },
            }
        );
        Same(new(BalancerKind.Random), c => c.LbPolicy = Pb.Cluster.Types.LbPolicy.Random, new Pb.Random());
        Same(
            new(BalancerKind.RingHash) { MinimumRingSize = 4096 },
            c =>
            {
                c.LbPolicy = Pb.Cluster.Types.LbPolicy.RingHash;
                c.RingHashLbConfig = new() { MinimumRingSize = 4096 };
            },
            new Pb.RingHash { MinimumRingSize = 4096 }
        );
        Same(
            new(BalancerKind.Maglev) { TableSize = 251 },
            c =>
            {
                c.LbPolicy = Pb.Cluster.Types.LbPolicy.Maglev;
                c.MaglevLbConfig = new() { TableSize = 251 };
            },
            new Pb.Maglev { TableSize = 251 }
        );
    }

    [Fact]
    public void Latency_aware_balancing_comes_as_Envoys_extension() =>
        Assert.Equal(
            new(BalancerKind.PeakEwma) { LatencyDecay = TimeSpan.FromSeconds(3) },
            Read(c => c.LoadBalancingPolicy = Policies(new Pb.PeakEwma { DecayTime = Seconds(3) }))
        );

    [Fact]
    public void The_first_policy_that_is_known_counts()
    {
        Assert.Equal(
            new(BalancerKind.Random),
            Read(c => c.LoadBalancingPolicy = Policies(new Pb.Router(), new Pb.Random(), new Pb.RoundRobin()))
        );
        Assert.Equal(
            new(BalancerKind.LeastRequest) { LocalityWeighted = true },
            Read(c => c.LoadBalancingPolicy = Policies(new Pb.WrrLocality { EndpointPickingPolicy = Policies(new Pb.LeastRequest()) }))
        );
    }

    [Fact]
    public void Localities_are_weighted_where_any_of_the_fields_says_so()
    {
        Assert.True(Read(c => c.CommonLbConfig = new() { LocalityWeightedLbConfig = new() }).LocalityWeighted);
        Assert.True(
            Read(c =>
                c.LoadBalancingPolicy = Policies(new Pb.LeastRequest { LocalityLbConfig = new() { LocalityWeightedLbConfig = new() } })
            ).LocalityWeighted
        );
        Assert.True(Read(c => c.LoadBalancingPolicy = Policies(new Pb.Maglev { LocalityWeightedLbConfig = new() })).LocalityWeighted);
        Assert.False(Read(c => c.CommonLbConfig = new() { ZoneAwareLbConfig = new() }).LocalityWeighted);
    }

    [Fact]
    public void Sizes_and_shares_that_cannot_be_are_refused()
    {
        Assert.Contains(
            "4096 is not a prime",
            Assert.Single(
                ProblemsOf(
                    Eds(
                        "a",
                        c =>
                        {
                            c.LbPolicy = Pb.Cluster.Types.LbPolicy.Maglev;
                            c.MaglevLbConfig = new() { TableSize = 4096 };
                        }
                    )
                )
            ),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "minimum_ring_size",
            Assert.Single(ProblemsOf(Eds("a", c => c.LoadBalancingPolicy = Policies(new Pb.RingHash { MinimumRingSize = 10_000_000 })))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "slow_start_config.min_weight_percent: 101",
            Assert.Single(
                ProblemsOf(
                    Eds("a", c => c.RoundRobinLbConfig = new() { SlowStartConfig = new() { MinWeightPercent = new() { Value = 101 } } })
                )
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Localities_priorities_weights_and_health_of_endpoints_are_read()
    {
        var assignment = Endpoints("a", ("10.0.0.1", 80));
        assignment.Endpoints[0].Locality = new()
        {
            Region = "r",
            Zone = "z",
            SubZone = "s",
        };
        assignment.Endpoints[0].Priority = 2;
        assignment.Endpoints[0].LoadBalancingWeight = 70;
        assignment.Endpoints[0].LbEndpoints[0].HealthStatus = Pb.HealthStatus.Degraded;

        var endpoint = Assert.Single(Entry(assignment).Meaning<AssignedEndpoints>().All);

        Assert.Equal(new Mesh.Proxy.Upstream.Locality("r", "z", "s"), endpoint.Locality);
        Assert.Equal((2, 70u, Mesh.Proxy.Upstream.EndpointHealth.Degraded), (endpoint.Priority, endpoint.LocalityWeight, endpoint.Health));
    }

    [Fact]
    public void Hash_policies_become_terms_and_what_is_not_known_takes_no_part()
    {
        var notes = new List<string>();
        var problems = new ProblemList();
        var policy = HashPolicyReader.Read(
            [
                new()
                {
                    Header = new() { HeaderName = "X-User" },
                    Terminal = true,
                },
                new()
                {
                    Cookie = new()
                    {
                        Name = "session",
                        Ttl = Seconds(60),
                        Path = "/a",
                        Attributes =
                        {
                            new Pb.RouteAction.Types.HashPolicy.Types.CookieAttribute { Name = "Secure" },
                            new Pb.RouteAction.Types.HashPolicy.Types.CookieAttribute { Name = "SameSite", Value = "Lax" },
                        },
                    },
                },
                new() { ConnectionProperties = new() { SourceIp = true } },
                new() { ConnectionProperties = new() },
                new() { QueryParameter = new() { Name = "q" } },
                new() { FilterState = new() { Key = "k" } },
            ],
            problems
        );
        notes.AddRange(problems.Notes);

        Assert.True(problems.IsEmpty);
        Assert.Contains("hash_policy[5]", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal(["x-user", "session", "", "q"], policy!.Terms.Select(term => term.Name));
        Assert.Equal([true, false, false, false], policy.Terms.Select(term => term.Terminal));
        Assert.Equal("session=\"v\"; Max-Age=60; Path=/a; Secure; SameSite=Lax; HttpOnly", policy.Terms[1].SetCookie("v"));
    }

    [Fact]
    public void A_cookie_cannot_bring_a_second_header_in()
    {
        var problems = new ProblemList();
        HashPolicyReader.Read(
            [
                new()
                {
                    Cookie = new()
                    {
                        Name = "a",
                        Path = "/\r\nx: y",
                        Ttl = Seconds(1),
                    },
                },
            ],
            problems
        );

        Assert.Contains("hash_policy[0].cookie.path", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    private static void Same(BalancerSettings expected, Action<Pb.Cluster> older, IMessage newer)
    {
        Assert.Equal(expected, Read(older));
        Assert.Equal(expected, Read(c => c.LoadBalancingPolicy = Policies(newer)));
    }

    private static BalancerSettings Read(Action<Pb.Cluster> more) => Entry(Eds("a", more)).Meaning<ClusterSettings>().Balancing;

    private static Pb.LoadBalancingPolicy Policies(params IMessage[] configs) =>
        new()
        {
            Policies =
            {
                configs.Select(config => new Pb.LoadBalancingPolicy.Types.Policy
                {
                    TypedExtensionConfig = new() { Name = "p", TypedConfig = Pack(config) },
                }),
            },
        };

    private static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
