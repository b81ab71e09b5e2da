using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Over TCP an error is a connection that does not come about (Istio, OutlierDetection.consecutive5xxErrors).</summary>
[Collection(EchoCollection.Name)]
public sealed class T03OutlierTcpTests(EchoMesh mesh)
{
    private const int ServicePort = 7000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task T03_Five_failed_connections_in_a_row_take_an_endpoint_out_for_the_base_time_and_again_for_twice_that()
    {
        await using var service = await StartAsync(
            "tcp-five",
            3,
            "consecutive5xxErrors: 5, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 50"
        );
        Assert.Equal(["v1", "v2", "v3"], (await service.ConnectAsync(6)).Keys.Order());
        service.Upstreams[0].Stop();
        Assert.Equal(4, (await service.ConnectAsync(12))["closed"]);
        Assert.Equal(0, await service.MetricAsync("active"));
        Assert.Equal(1, (await service.ConnectAsync(30))["closed"]);
        Assert.Equal(1, await service.MetricAsync("enforced_consecutive_5xx"));

        await Wait.UntilAsync(
            "the second ejection",
            Patience,
            async () =>
            {
                await service.ConnectAsync(6);
                return service.Log().Any(line => line.Contains("is ejected for 4 s", StringComparison.Ordinal));
            },
            CancellationToken.None
        );
        service.Upstreams[0].Start();
        await service.ConnectUntilAsync("v1");
    }

    [Fact]
    public async Task T03_Never_more_than_the_allowed_share_of_TCP_endpoints_is_out()
    {
        await using var service = await StartAsync(
            "tcp-share",
            3,
            "consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].Stop();
        service.Upstreams[1].Stop();
        var answers = await service.ConnectAsync(30);
        Assert.Equal(["closed", "v3"], answers.Keys.Order());
        Assert.True(answers["closed"] > 8, $"{answers["closed"]} of 30");
        Assert.Equal(1, await service.MetricAsync("active"));
        Assert.True(await service.MetricAsync("overflow") > 0);
    }

    [Fact]
    public async Task T03_Below_minHealthPercent_all_TCP_endpoints_are_used()
    {
        await using var service = await StartAsync(
            "tcp-panic",
            2,
            "consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 100, minHealthPercent: 60"
        );
        service.Upstreams[0].Stop();
        await service.ConnectAsync(4);
        Assert.Equal(1, await service.MetricAsync("active"));
        service.Upstreams[0].Start();
        var answers = await service.ConnectAsync(20);
        Assert.Equal((10, 10), (answers["v1"], answers["v2"]));
    }

    [Fact]
    public async Task T03_One_TCP_endpoint_alone_stays_unless_100_percent_may_go_and_then_none_is_healthy()
    {
        const string Detection = "consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 2s";
        await using var service = await StartAsync("tcp-last", 1, $"{Detection}, maxEjectionPercent: 99");
        service.Upstreams[0].Stop();
        Assert.Equal(10, (await service.ConnectAsync(10))["closed"]);
        Assert.Equal(0, await service.MetricAsync("active"));
        service.Upstreams[0].Start();
        Assert.Equal(1, (await service.ConnectAsync(1))["v1"]);

        service.Upstreams[0].Stop();
        await service.ApplyAsync($"{Detection}, maxEjectionPercent: 100");
        await service.ConnectAsync(10);
        Assert.Equal(1, await service.MetricAsync("active"));
        await service.Client.AccessLogAsync(lines => lines.Any(line => line.Contains(" UH ", StringComparison.Ordinal)));

        // Up again, but out until its time is over.
        service.Upstreams[0].Start();
        await service.ConnectUntilAsync("v1");
    }

    [Fact]
    public async Task T03_Failed_connections_have_a_limit_of_their_own_where_they_are_split()
    {
        await using var service = await StartAsync(
            "tcp-split",
            2,
            "consecutive5xxErrors: 1, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 4,"
                + " interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50"
        );
        service.Upstreams[0].Stop();
        Assert.Equal(4, (await service.ConnectAsync(30))["closed"]);
        Assert.Equal(1, await service.MetricAsync("enforced_consecutive_local_origin_failure"));
    }

    private Task<Service> StartAsync(string name, int upstreams, string outlierDetection) =>
        Service.StartAsync(mesh.Mesh, name, upstreams, outlierDetection);

    /// <summary>A TCP service and a client pod of its own, whose sidecar listens for it at the service's port.</summary>
    private sealed class Service : IAsyncDisposable
    {
        private readonly LocalMesh _mesh;
        private readonly string _name;

        private Service(LocalMesh mesh, string name, TcpUpstream[] upstreams, Sidecar client) =>
            (_mesh, _name, Upstreams, Client) = (mesh, name, upstreams, client);

        public TcpUpstream[] Upstreams { get; }

        public Sidecar Client { get; }

        private string Cluster => $"outbound|{ServicePort}||{_name}.default.svc.cluster.local";

        public static async Task<Service> StartAsync(LocalMesh mesh, string name, int upstreams, string outlierDetection)
        {
            TcpUpstream[] started = [.. Enumerable.Range(1, upstreams).Select(i => new TcpUpstream($"v{i}"))];
            var address = LoopbackSubnet.NextAddress();
            mesh.Write($"{name}.yaml", Yaml(name, address, started));
            var client = await mesh.StartSidecarAsync($"{name}-client", labels: $"app: {name}-client", address: address);
            var service = new Service(mesh, name, started, client);
            await service.ApplyAsync(outlierDetection);
            return service;
        }

        public async Task ApplyAsync(string outlierDetection)
        {
            _mesh.Write(
                $"{_name}-rule.yaml",
                $$"""
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: { name: {{_name}}, namespace: default }
                spec:
                  host: {{_name}}
                  trafficPolicy:
                    loadBalancer: { simple: ROUND_ROBIN }
                    outlierDetection: { {{outlierDetection}} }
                """
            );
            await OutlierPage.InForceAsync(Client, Cluster, outlierDetection);
        }

        /// <summary>So many connections one after the other; who was at their other end, <c>closed</c> where nobody was.</summary>
        public async Task<Dictionary<string, int>> ConnectAsync(int times)
        {
            var answers = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < times; i++)
            {
                var answer = await ConnectAsync();
                answers[answer] = answers.GetValueOrDefault(answer) + 1;
            }

            return answers;
        }

        public Task ConnectUntilAsync(string name) =>
            Wait.UntilAsync($"an answer of {name}", Patience, async () => await ConnectAsync() == name, CancellationToken.None);

        public Task<double> MetricAsync(string name) => OutlierPage.MetricAsync(Client, Cluster, name);

        public IEnumerable<string> Log() => File.ReadLines(Client.LogFile);

        public async ValueTask DisposeAsync()
        {
            await _mesh.StopAsync(Client);
            foreach (var upstream in Upstreams)
            {
                upstream.Dispose();
            }
        }

        private async Task<string> ConnectAsync()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(Client.Address), ServicePort));
            var text = new StringBuilder();
            var buffer = new byte[16];
            try
            {
                for (int read; (read = await socket.ReceiveAsync(buffer)) > 0; )
                {
                    text.Append(Encoding.ASCII.GetString(buffer, 0, read));
                }
            }
            catch (SocketException)
            {
                // Reset: as good as closed.
            }

            return text.Length == 0 ? "closed" : text.ToString();
        }

        private static string Yaml(string name, string client, TcpUpstream[] upstreams) =>
            $$"""
                apiVersion: v1
                kind: Service
                metadata: { name: {{name}}, namespace: default }
                spec:
                  ports: [ { name: tcp, port: {{ServicePort}}, targetPort: {{TcpUpstream.Port}} } ]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: { name: {{name}}-1, namespace: default, labels: { kubernetes.io/service-name: {{name}} } }
                addressType: IPv4
                ports: [ { name: tcp, port: {{TcpUpstream.Port}} } ]
                endpoints: [ {{string.Join(", ", upstreams.Select(upstream => $"{{ addresses: [ {upstream.Address} ] }}"))}} ]
                ---
                apiVersion: networking.istio.io/v1
                kind: Sidecar
                metadata: { name: {{name}}-client, namespace: default }
                spec:
                  workloadSelector: { labels: { app: {{name}}-client } }
                  egress:
                    - port: { number: {{ServicePort}}, protocol: TCP, name: tcp }
                      bind: {{client}}
                      hosts: [ "./{{name}}.default.svc.cluster.local" ]
                """;
    }
}
