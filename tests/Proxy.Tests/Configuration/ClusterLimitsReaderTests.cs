using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class ClusterLimitsReaderTests
{
    [Fact]
    public void Limits_and_lifetimes_are_read_from_the_default_priority_and_the_protocol_options()
    {
        var limits = Read(
            cluster =>
            {
                cluster.CircuitBreakers = new()
                {
                    Thresholds =
                    {
                        new Pb.CircuitBreakers.Types.Thresholds { Priority = Pb.RoutingPriority.High, MaxConnections = 99 },
                        new Pb.CircuitBreakers.Types.Thresholds
                        {
                            MaxConnections = 1,
                            MaxPendingRequests = 2,
                            MaxRequests = 3,
                            MaxRetries = 4,
                        },
                    },
                    PerHostThresholds = { new Pb.CircuitBreakers.Types.Thresholds { MaxConnections = 5 } },
                };
                cluster.PreconnectPolicy = new() { PerUpstreamPreconnectRatio = 1.5 };
            },
            new()
            {
                CommonHttpProtocolOptions = new()
                {
                    IdleTimeout = Seconds(6),
                    MaxConnectionDuration = Seconds(7),
                    MaxRequestsPerConnection = 8,
                },
                ExplicitHttpConfig = new()
                {
                    Http2ProtocolOptions = new()
                    {
                        MaxConcurrentStreams = 9,
                        ConnectionKeepalive = new()
                        {
                            Interval = Seconds(10),
                            Timeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(5)),
                        },
                    },
                },
            }
        );

        Assert.Equal(
            new ClusterLimits
            {
                MaxConnections = 1,
                MaxPendingRequests = 2,
                MaxRequests = 3,
                MaxRetries = 4,
                MaxConnectionsPerEndpoint = 5,
                IdleTimeout = TimeSpan.FromSeconds(6),
                MaxConnectionDuration = TimeSpan.FromSeconds(7),
                MaxRequestsPerConnection = 8,
                MaxConcurrentStreams = 9,
                PingInterval = TimeSpan.FromSeconds(10),
                PingTimeout = TimeSpan.FromSeconds(1), // .NET's least
                PreconnectRatio = 1.5,
            },
            limits
        );
    }

    [Fact]
    public void What_is_not_sent_is_as_in_Envoy()
    {
        var limits = Read(_ => { }, null);

        Assert.Equal(
            new ClusterLimits
            {
                MaxConnections = 1024,
                MaxPendingRequests = 1024,
                MaxRequests = 1024,
                MaxRetries = 3,
            },
            limits
        );
        Assert.Equal(TimeSpan.FromHours(1), limits.IdleTimeout);
    }

    [Fact]
    public void A_zero_is_a_limit_for_breakers_and_none_for_lifetimes()
    {
        var limits = Read(
            cluster => cluster.CircuitBreakers = new() { Thresholds = { new Pb.CircuitBreakers.Types.Thresholds { MaxRequests = 0 } } },
            new()
            {
                CommonHttpProtocolOptions = new() { IdleTimeout = Seconds(0), MaxRequestsPerConnection = 0 },
            }
        );

        Assert.Equal(0u, limits.MaxRequests);
        Assert.Equal(TimeSpan.Zero, limits.IdleTimeout);
        Assert.Equal(ClusterLimits.Unlimited, limits.MaxRequestsPerConnection);
    }

    [Fact]
    public void A_ratio_that_cannot_be_kept_is_a_problem_with_its_range()
    {
        var problems = new ProblemList();
        var cluster = Wire.Eds("a", one => one.PreconnectPolicy = new() { PerUpstreamPreconnectRatio = 5 });

        ClusterLimitsReader.Read(cluster, problems);

        Assert.Contains("must be from 1 to 3", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Keepalive_is_what_was_sent_and_the_rest_the_systems()
    {
        var cluster = Wire.Eds("a", one => one.UpstreamConnectionOptions = new() { TcpKeepalive = new() { KeepaliveTime = 60 } });

        Assert.Equal(new TcpKeepalive(null, 60, null), ClusterLimitsReader.Keepalive(cluster));
        Assert.Null(ClusterLimitsReader.Keepalive(Wire.Eds("a")));
    }

    private static Duration Seconds(int seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));

    private static ClusterLimits Read(Action<Pb.Cluster> change, Pb.Upstreams.HttpProtocolOptions? options)
    {
        var problems = new ProblemList();
        var cluster = Wire.Eds("a", change);
        if (options is not null)
        {
            cluster.TypedExtensionProtocolOptions.Add(ExtensionNames.UpstreamHttpProtocolOptions, Any.Pack(options));
        }

        var limits = ClusterLimitsReader.Read(cluster, problems);
        Assert.Empty(problems.Problems);
        return limits;
    }
}
