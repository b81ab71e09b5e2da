using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Http;

/// <summary>What the tests of retries share: policies, a proxy with one rule, and a client of either version.</summary>
internal static class RetryCase
{
    public static TheoryData<bool, bool> Pairs =>
        new()
        {
            { false, false },
            { false, true },
            { true, false },
            { true, true },
        };

    public static RetryPolicy Policy(RetryConditions on, int retries = 2, TimeSpan tryTimeout = default, bool avoid = false) =>
        new()
        {
            Conditions = on,
            Retries = retries,
            TryTimeout = tryTimeout,
            AvoidsTriedEndpoints = avoid,
        };

    public static UpstreamProtocol Protocol(bool http2) => http2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1;

    public static Cluster Cluster(bool http2, params IPEndPoint[] addresses)
    {
        ImmutableArray<Endpoint> endpoints =
        [
            .. addresses.Select(address => new Endpoint
            {
                Address = address,
                Weight = 1,
                Workload = TestConfig.Reviews,
                State = new EndpointState(),
            }),
        ];
        return new Cluster
        {
            Name = "outbound|9080||reviews.default.svc.cluster.local",
            ServiceHost = "reviews.default.svc.cluster.local",
            Kind = ClusterKind.Endpoints,
            Protocol = Protocol(http2),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            RetryBudget = new RetryBudget(100, 100, TimeSpan.FromSeconds(10), Asked: true),
            State = new ClusterState(),
        };
    }

    public static Task<TestProxy> StartAsync(Cluster cluster, RetryPolicy policy, TimeSpan timeout = default) =>
        TestProxy.StartAsync(
            TestConfig.Outbound(
                TestConfig.Rule(
                    new RuleAction.Forward
                    {
                        Destinations = TestConfig.To(cluster),
                        Retries = policy,
                        Timeout = timeout,
                    }
                )
            )
        );

    public static async Task<HttpResponseMessage> SendAsync(TestProxy proxy, bool fromHttp2, HttpContent? content = null)
    {
        using var client = proxy.Client();
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, "http://reviews/")
        {
            Content = content,
            Version = fromHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var answer = await Eventually.InTimeAsync(client.SendAsync(request, CancellationToken.None));
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }

    public static IPEndPoint NobodyThere()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
