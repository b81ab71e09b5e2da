using System.Text;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>What a pod may try with another one, or with its own sidecar, and what the network does to connections that both sidecars carry.</summary>
[Collection(InjectedCollection.Name)]
public sealed class NeighbourTests(InjectedMesh mesh)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [RedirectFact]
    public async Task A_stranger_finds_of_the_sidecar_only_readiness_and_metrics()
    {
        await mesh.StrictAsync();
        foreach (
            var (port, path, answered) in new[]
            {
                (15000, "/config_dump", false),
                (15001, "/", false),
                (15006, "/", false),
                (15020, "/stats/prometheus", true),
                (15021, "/healthz/ready", true),
                (15090, "/stats/prometheus", true),
            }
        )
        {
            var answer = Asked(RedirectMesh.ProxyUser, $"http://{RedirectMesh.V1}:{port}{path}");
            Assert.True(answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) == answered, $"{port}: {answer}");
        }

        foreach (
            var (port, path) in new[]
            {
                (15020, "/quitquitquit"),
                (15020, "/config_dump"),
                (15021, "/config_dump"),
                (15090, "/config_dump"),
            }
        )
        {
            var answer = Asked(RedirectMesh.ProxyUser, $"http://{RedirectMesh.V1}:{port}{path}", "-X", "POST");
            Assert.True(answer.StartsWith("HTTP/1.1 40", StringComparison.Ordinal), $"{port}{path}: {answer}");
        }

        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task A_member_of_the_mesh_does_not_reach_the_other_sidecars_own_ports()
    {
        // A service may name any port of a pod, and then calls to it are encrypted and welcome.
        mesh.Write("sneaky.yaml", Sneaky);
        await mesh.StrictAsync();
        await InjectedMesh.UntilAsync(
            "a port of the service that does lead to the application",
            () =>
                Asked(RedirectMesh.OrdinaryUser, $"http://{SneakyVip}:8080/", "-H", "Host: sneaky:8080")
                    .Contains("HTTP/1.1 200", StringComparison.Ordinal)
        );
        foreach (var port in new[] { 15000, 15001, 15006 })
        {
            var answer = Asked(RedirectMesh.OrdinaryUser, $"http://{SneakyVip}:{port}/config_dump", "-H", $"Host: sneaky:{port}");
            Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        }

        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task Policy_holds_at_ports_that_no_service_has()
    {
        mesh.Demand("PERMISSIVE");
        using var open = new TalkingServer(mesh.Server.Listen(RedirectMesh.V1, 8950), "open", greets: false);
        await InjectedMesh.UntilAsync("plain text is taken", () => mesh.IsTaken(8950));
        mesh.Write(
            "nobody.yaml",
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: { name: nobody, namespace: default }
            spec: { selector: { matchLabels: { app: web } } }
            """
        );
        await InjectedMesh.UntilAsync(
            "HTTP is denied",
            () => Asked(RedirectMesh.ProxyUser, $"http://{RedirectMesh.V1}:8080/").Contains("403", StringComparison.Ordinal)
        );
        Assert.False(mesh.IsTaken(8950));
        mesh.Write("nobody.yaml", "");
        await InjectedMesh.UntilAsync("plain text is taken again", () => mesh.IsTaken(8950));
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task A_pod_that_calls_itself_is_answered_by_each_of_its_names_and_never_goes_round_in_circles()
    {
        await mesh.StrictAsync();
        // By loopback and by its own address the kernel leaves the application to itself; by a service it is a client like any other.
        foreach (var url in new[] { $"http://{RedirectMesh.V1}:8080/", $"http://{RedirectMesh.Vip}/" })
        {
            Assert.StartsWith(
                "HTTP/1.1 200",
                AskedFrom(mesh.Server, RedirectMesh.OrdinaryUser, url, "-H", "Host: web"),
                StringComparison.Ordinal
            );
        }

        foreach (var address in new[] { "127.0.0.1", RedirectMesh.V1 })
        {
            foreach (var port in new[] { 15001, 15006 })
            {
                var answer = AskedFrom(mesh.Server, RedirectMesh.OrdinaryUser, $"http://{address}:{port}/");
                Assert.False(answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), $"{address}:{port}: {answer}");
            }
        }

        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task An_unreachable_network_and_a_port_that_nobody_listens_on_fail_at_once_and_say_why()
    {
        await mesh.StrictAsync();
        // Beyond the server's host, which says so by ICMP, at a port where its own sidecar lets everything by.
        mesh.Server.Run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        mesh.Server.Run("ip", "route", "replace", "unreachable", "10.99.0.0/16");
        using (var tcp = await mesh.Client.ConnectAsync("10.99.0.1", RedirectMesh.WithoutCapture))
        {
            Assert.Empty(await tcp.ReadToEndAsync());
        }

        await InjectedMesh.UntilAsync(
            "the reason in the log",
            () =>
                mesh
                    .ClientLog.Split('\n')
                    .Any(line =>
                        line.Contains($"10.99.0.1:{RedirectMesh.WithoutCapture}", StringComparison.Ordinal)
                        && line.Contains(" UF ", StringComparison.Ordinal)
                        && line.Contains("HostUnreachable", StringComparison.Ordinal)
                    )
        );

        var deaf = Asked(RedirectMesh.OrdinaryUser, $"http://{InjectedMesh.MoreVip}:{InjectedMesh.Deaf}/", "-H", "Host: more:86");
        Assert.StartsWith("HTTP/1.1 503", deaf, StringComparison.Ordinal);
        Assert.Contains("connection failure", deaf, StringComparison.Ordinal);
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task What_is_not_registered_is_passed_through_or_refused_as_the_policy_says()
    {
        string Outside() => Asked(RedirectMesh.OrdinaryUser, $"http://{RedirectMesh.Unknown}/", "-H", "Host: outsider.test");
        // The outsider happens to live behind the server's sidecar.
        mesh.Demand("PERMISSIVE");
        await InjectedMesh.UntilAsync("strangers are passed through", () => Outside().EndsWith("outsider", StringComparison.Ordinal));
        mesh.Write(
            "only.yaml",
            """
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: client, namespace: default }
            spec: { workloadSelector: { labels: { app: client } }, outboundTrafficPolicy: { mode: REGISTRY_ONLY } }
            """
        );
        await InjectedMesh.UntilAsync("strangers are refused", () => Outside().StartsWith("HTTP/1.1 502", StringComparison.Ordinal));
        using (var refused = await mesh.Client.ConnectAsync(RedirectMesh.Unknown, 9999))
        {
            Assert.Empty(await refused.ReadToEndAsync());
        }

        Assert.True(InjectedMesh.NamesPeer(mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/")));
        mesh.Write("only.yaml", "");
        await InjectedMesh.UntilAsync("strangers are passed through again", () => Outside().EndsWith("outsider", StringComparison.Ordinal));
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task A_client_that_has_ended_its_half_is_still_answered_through_both_sidecars()
    {
        await mesh.StrictAsync();
        using var connection = await mesh.Client.ConnectAsync(InjectedMesh.MoreVip, InjectedMesh.Counting);
        await connection.SendAsync(new byte[300_000]);
        connection.EndSending();
        Assert.Equal("300000 bytes", Encoding.ASCII.GetString(await connection.ReadToEndAsync()));
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task Bodies_pass_whole_where_packets_are_small()
    {
        await mesh.StrictAsync();
        foreach (var host in new[] { mesh.Client, mesh.Server })
        {
            host.Run("ip", "link", "set", host.Interface, "mtu", "1280");
        }

        try
        {
            using var connection = await mesh.Client.ConnectAsync(InjectedMesh.MoreVip, InjectedMesh.Counting);
            await connection.SendAsync(new byte[2_000_000]);
            connection.EndSending();
            Assert.Equal("2000000 bytes", Encoding.ASCII.GetString(await connection.ReadToEndAsync()));
        }
        finally
        {
            foreach (var host in new[] { mesh.Client, mesh.Server })
            {
                host.Run("ip", "link", "set", host.Interface, "mtu", "1500");
            }
        }
    }

    [RedirectFact]
    public async Task Short_connections_use_ports_up_by_destination_and_not_together()
    {
        await mesh.StrictAsync();
        // The server's sidecar dials from one address, and each connection that it closes keeps its port for a minute.
        var before = mesh.Server.Run("sysctl", "-n", "net.ipv4.ip_local_port_range").Trim();
        mesh.Server.Run("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40299");
        try
        {
            for (var i = 0; i < 200; i++)
            {
                using var connection = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ClientFirst);
                await connection.SendAsync("PING");
                Assert.Equal("second:PING", Encoding.ASCII.GetString(await connection.ReadAsync(11)));
            }

            for (var i = 0; i < 200; i++)
            {
                using var connection = await mesh.Client.ConnectAsync(InjectedMesh.MoreVip, InjectedMesh.Counting);
                await connection.SendAsync("PING");
                connection.EndSending();
                Assert.Equal("4 bytes", Encoding.ASCII.GetString(await connection.ReadToEndAsync()));
            }
        }
        finally
        {
            mesh.Server.Run("sysctl", "-qw", $"net.ipv4.ip_local_port_range={before}");
        }
    }

    [RedirectFact("program:tcpdump")]
    public async Task Where_a_sidecar_has_crashed_traffic_stops_and_nothing_goes_in_the_clear()
    {
        await mesh.StrictAsync();
        using var wire = await PacketCapture.StartAsync(mesh.Server, Path.Combine(mesh.Root, "crash.pcap"));
        await mesh.KillAsync(mesh.Server);
        Assert.StartsWith("HTTP/1.1 503", mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/"), StringComparison.Ordinal);
        Assert.False(mesh.IsTaken(8080));
        await mesh.RestartAsync(mesh.Server);
        await mesh.UntilAsync("mutual TLS again", InjectedMesh.NamesPeer);

        await mesh.KillAsync(mesh.Client);
        Assert.StartsWith(
            "none: ",
            Asked(RedirectMesh.OrdinaryUser, $"http://{RedirectMesh.Vip}/", "-H", "Host: web"),
            StringComparison.Ordinal
        );
        await mesh.RestartAsync(mesh.Client);
        await mesh.UntilAsync("mutual TLS again", InjectedMesh.NamesPeer);

        var streams = await wire.StopAsync();
        var readable = streams.Where(stream => stream.Key.From.Port is >= 8080 and <= 8086 && !TlsRecords.Are(stream.Value)).ToList();
        Assert.True(readable.Count == 0, string.Join('\n', readable.Select(stream => Encoding.Latin1.GetString(stream.Value))));
        Assert.Contains(streams, stream => stream.Key.From.Port == 8080);
    }

    private const string SneakyVip = "10.96.44.15";

    private static string Sneaky =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: sneaky, namespace: default }
            spec:
              clusterIP: {{SneakyVip}}
              selector: { app: web, version: v1 }
              ports: [ { name: http, port: 8080 }, { name: http-a, port: 15000 }, { name: http-b, port: 15001 }, { name: http-c, port: 15006 } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: sneaky-1, namespace: default, labels: { kubernetes.io/service-name: sneaky } }
            addressType: IPv4
            ports: [ { name: http, port: 8080 }, { name: http-a, port: 15000 }, { name: http-b, port: 15001 }, { name: http-c, port: 15006 } ]
            endpoints: [ { addresses: [ {{RedirectMesh.V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            """;

    private string Asked(int user, string url, params string[] options) => AskedFrom(mesh.Client, user, url, options);

    /// <summary>Status, headers and body, or why there is no answer.</summary>
    private static string AskedFrom(NetworkNamespace host, int user, string url, params string[] options)
    {
        try
        {
            return host.Run([
                .. host.CommandAs(user, ["curl", "-sS", "-i", "--max-time", $"{Patience.TotalSeconds}", .. options, url])[3..],
            ]);
        }
        catch (InvalidOperationException none)
        {
            return "none: " + none.Message;
        }
    }
}
