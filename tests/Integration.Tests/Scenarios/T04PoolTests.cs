using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Connection pools and circuit breakers: who waits, who is refused, and how long connections live.</summary>
[Collection(EchoCollection.Name)]
public sealed class T04PoolTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private const string Overflow = "upstream connect error or disconnect/reset before headers. reset reason: overflow";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Gate _gate = new();
    private readonly string _service = $"gated-{Guid.NewGuid():N}"[..16];
    private readonly List<Task<(HttpStatusCode Status, string Body)>> _requests = [];
    private EchoUpstream _upstream = null!; // set by InitializeAsync

    public static TheoryData<string> Both => Protocols.Both;

    /// <summary>Version of the client, and the port that decides the version of the upstream.</summary>
    public static TheoryData<string, int> Pairs =>
        new()
        {
            { Protocols.Http1, 80 },
            { Protocols.Http2, 80 },
            { Protocols.Http1, 81 },
            { Protocols.Http2, 81 },
        };

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync("v1", app => _gate.AddTo(app));
        mesh.Mesh.Write($"{_service}.yaml", Objects.EchoService(_service, "default", _upstream));
    }

    public async Task DisposeAsync()
    {
        mesh.Mesh.Delete($"{_service}.yaml");
        await _upstream.DisposeAsync();
    }

    public void Dispose() => _gate.Dispose();

    [Theory]
    [MemberData(nameof(Both))]
    public async Task T04_The_sixth_request_waits_where_five_connections_are_allowed(string protocol)
    {
        await ApplyAsync("tcp: { maxConnections: 5 }");
        using var client = Client(protocol);
        for (var i = 0; i < 6; i++)
        {
            Send(client, 80);
        }

        await mesh.Client.CountsAsync("envoy_cluster_upstream_rq_pending_active", ClusterLabel(80), " 1");
        await ArrivedAsync(5);
        await mesh.Client.CountsAsync("envoy_cluster_circuit_breakers_default_cx_open", ClusterLabel(80), " 1");

        _gate.Release(1);
        await mesh.Client.CountsAsync("envoy_cluster_upstream_rq_pending_active", ClusterLabel(80), " 0");
        _gate.Release(5);
        var answers = await Task.WhenAll(_requests);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(5, answers.Select(answer => answer.Body).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task T04_One_more_than_may_wait_is_answered_503_at_once_with_flag_UO(string protocol)
    {
        await ApplyAsync("{ tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } }");
        using var client = Client(protocol);
        Send(client, 80);
        await ArrivedAsync(1);
        Send(client, 80);
        await mesh.Client.CountsAsync("envoy_cluster_upstream_rq_pending_active", ClusterLabel(80), " 1");

        await AssertOverflowAsync(client, 80);

        await mesh.Client.CountsAsync("envoy_cluster_upstream_rq_pending_overflow", ClusterLabel(80), " 1");
        await AllOkAsync();
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T04_Requests_in_flight_are_limited_over_every_pair_of_protocols(string protocol, int port)
    {
        await ApplyAsync("http: { http2MaxRequests: 2 }");
        using var client = Client(protocol);
        Send(client, port);
        Send(client, port);
        await ArrivedAsync(2);

        await AssertOverflowAsync(client, port);

        await AllOkAsync();
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T04_A_connection_carries_no_more_requests_than_allowed(string protocol, int port)
    {
        await ApplyAsync("http: { maxRequestsPerConnection: 2 }");
        using var client = Client(protocol);
        var connections = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            _gate.Release(1);
            connections.Add((await SendAsync(client, port)).Body);
        }

        Assert.Equal(3, connections.Distinct().Count());
        Assert.All(connections.GroupBy(connection => connection), uses => Assert.Equal(2, uses.Count()));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T04_An_idle_connection_is_closed_after_its_time(string protocol, int port)
    {
        await ApplyAsync("http: { idleTimeout: 1s }");
        using var client = Client(protocol);
        _gate.Release(2);
        var first = (await SendAsync(client, port)).Body;

        await mesh.Client.CountsAsync("envoy_cluster_upstream_cx_active", ClusterLabel(port), " 0");

        Assert.NotEqual(first, (await SendAsync(client, port)).Body);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task T04_Retries_in_flight_are_limited(string protocol)
    {
        await ApplyAsync(
            "http: { maxRetries: 1 }",
            Objects.VirtualService(
                "gated",
                "default",
                _service,
                $"    - retries: {{ attempts: 1, retryOn: 5xx }}\n      route: [ {{ destination: {{ host: {_service} }} }} ]\n"
            )
        );
        using var client = Client(protocol);
        Send(client, Protocols.PortOf(protocol), status: 503);
        await ArrivedAsync(1);
        _gate.Release(1);
        await mesh.Client.CountsAsync(
            "envoy_cluster_circuit_breakers_default_rq_retry_open",
            ClusterLabel(Protocols.PortOf(protocol)),
            " 1"
        );
        await ArrivedAsync(1);

        // The only retry there may be waits at the gate, so the 503 of this one is passed on.
        var seen = _upstream.Requests;
        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            (await SendAsync(client, Protocols.PortOf(protocol), status: 503, path: "/")).Status
        );
        Assert.Equal(seen + 1, _upstream.Requests);
        await mesh.Client.CountsAsync("envoy_cluster_upstream_rq_retry_overflow", ClusterLabel(Protocols.PortOf(protocol)), " 1");
        _gate.Release(1);
        await Task.WhenAll(_requests);
    }

    [Fact]
    public async Task T04_Many_streams_use_several_connections_where_each_may_carry_few()
    {
        await ApplyAsync("http: { maxConcurrentStreams: 2 }");
        using var client = Client(Protocols.Http2);
        for (var i = 0; i < 6; i++)
        {
            Send(client, 81);
        }

        await ArrivedAsync(6);
        _gate.Release(6);
        var answers = await Task.WhenAll(_requests);
        Assert.All(answers.GroupBy(answer => answer.Body), connection => Assert.Equal(2, connection.Count()));
    }

    [Fact]
    public async Task T04_A_TCP_connection_above_the_limit_is_closed_with_flag_UO_and_a_silent_one_after_its_time()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(LoopbackSubnet.NextAddress()), 7300));
        listener.Listen();
        var name = $"{_service}-tcp";
        var pod = LoopbackSubnet.NextAddress();
        mesh.Mesh.Write($"{name}.yaml", TcpObjects(name, ((IPEndPoint)listener.LocalEndPoint!).Address, pod));
        var sidecar = await mesh.Mesh.StartSidecarAsync($"{name}-client", labels: $"app: {name}-client", address: pod);
        try
        {
            var target = new IPEndPoint(IPAddress.Parse(pod), 7000);
            using var first = await DialAsync(target);
            using var accepted = await listener.AcceptAsync().WaitAsync(Patience);
            await accepted.SendAsync("hello"u8.ToArray());
            Assert.Equal(5, await first.ReceiveAsync(new byte[16]));

            using var second = await DialAsync(target);
            Assert.Equal(0, await EndAsync(second));

            await sidecar.AccessLogAsync(lines => lines.Any(line => line.Contains(" UO ", StringComparison.Ordinal)));
            // The first goes on, until nothing has moved for two seconds; then there is room for another.
            Assert.Equal(0, await EndAsync(first));
            var again = listener.AcceptAsync();
            await Wait.UntilAsync(
                "room for another connection",
                Patience,
                async () =>
                {
                    using var third = await DialAsync(target);
                    return await Task.WhenAny(again, EndAsync(third)) == again;
                },
                CancellationToken.None
            );
        }
        finally
        {
            mesh.Mesh.Delete($"{name}.yaml");
            await mesh.Mesh.StopAsync(sidecar);
        }
    }

    private static string TcpObjects(string name, IPAddress server, string client) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}}, namespace: default }
            spec:
              ports: [ { name: tcp, port: 7000, targetPort: 7300 } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{name}}-1, namespace: default, labels: { kubernetes.io/service-name: {{name}} } }
            addressType: IPv4
            ports: [ { name: tcp, port: 7300 } ]
            endpoints: [ { addresses: [ {{server}} ] } ]
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{name}}, namespace: default }
            spec:
              host: {{name}}
              trafficPolicy: { connectionPool: { tcp: { maxConnections: 1, idleTimeout: 2s } } }
            ---
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: {{name}}-client, namespace: default }
            spec:
              workloadSelector: { labels: { app: {{name}}-client } }
              egress:
                - port: { number: 7000, protocol: TCP, name: tcp }
                  bind: {{client}}
                  hosts: [ "./{{name}}.default.svc.cluster.local" ]
            """;

    private static async Task<Socket> DialAsync(IPEndPoint target)
    {
        Socket? connected = null;
        await Wait.UntilAsync(
            $"a connection to {target}",
            Patience,
            async () =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(target);
                    connected = socket;
                    return true;
                }
                catch (SocketException)
                {
                    socket.Dispose();
                    return false;
                }
            },
            CancellationToken.None
        );
        return connected!;
    }

    // Reset or closed: both are an end.
    private static async Task<int> EndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            return await socket.ReceiveAsync(new byte[16], limit.Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private HttpClient Client(string protocol) => mesh.Client.Client(Protocols.VersionOf(protocol));

    private string ClusterLabel(int port) => $"{{cluster_name=\"outbound|{port}||{_service}.default.svc.cluster.local\"}}";

    private Task ApplyAsync(string pool, string more = "") =>
        mesh.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: gated, namespace: default }
            spec:
              host: {{_service}}
              trafficPolicy:
                connectionPool: {{(pool.StartsWith('{') ? pool : $"{{ {pool} }}")}}
            ---
            {{more}}
            """
        );

    private void Send(HttpClient client, int port, int status = 200) => _requests.Add(SendAsync(client, port, status));

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpClient client,
        int port,
        int status = 200,
        string path = Gate.Path
    )
    {
        using var request = Request(client, port, path);
        request.Headers.Add("x-status", status.ToString());
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private HttpRequestMessage Request(HttpClient client, int port, string path = Gate.Path) =>
        new(HttpMethod.Get, $"http://{_service}:{port}{path}")
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private Task ArrivedAsync(int requests) =>
        Wait.UntilAsync(
            $"{requests} requests at the gate",
            Patience,
            () => Task.FromResult(_gate.Waiting == requests),
            CancellationToken.None
        );

    private async Task AssertOverflowAsync(HttpClient client, int port)
    {
        using var request = Request(client, port);
        var id = Guid.NewGuid().ToString();
        request.Headers.Add("x-request-id", id);
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(Overflow, await response.Content.ReadAsStringAsync());
        Assert.Equal(["true"], response.Headers.GetValues("x-envoy-overloaded"));
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Contains(" 503 UO ", lines.Single(line => line.Contains(id, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private async Task AllOkAsync()
    {
        _gate.Release(_requests.Count);
        foreach (var (status, _) in await Task.WhenAll(_requests))
        {
            Assert.Equal(HttpStatusCode.OK, status);
        }
    }
}
