using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>S02: PERMISSIVE takes both, STRICT only mutual TLS, DISABLE only plaintext, by port and scope.</summary>
public sealed class S02PeerAuthenticationTests(MtlsMesh mesh) : IClassFixture<MtlsMesh>
{
    private const string Security = "connection_security_policy=\"mutual_tls\"";

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Sidecars_encrypt_every_pair_of_protocols_and_know_each_other(string pair)
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var before = await EncryptedAsync();

        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync(pair));

        await Wait.UntilAsync("the metric", TimeSpan.FromSeconds(60), async () => await EncryptedAsync() > before, CancellationToken.None);

        Task<double> EncryptedAsync() =>
            MtlsMesh.SumAsync(mesh.Server, "istio_requests_total", $"source_principal=\"{MtlsMesh.ClientId}\"");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_clients_metrics_name_both_ends_too(string pair)
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var before = await KnownAsync();

        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync(pair));

        await Wait.UntilAsync("the metric", TimeSpan.FromSeconds(20), async () => await KnownAsync() > before, CancellationToken.None);

        Task<double> KnownAsync() => NamedAsync("istio_requests_total", MtlsMesh.ShopId);
    }

    [Fact]
    public async Task So_do_those_of_TCP_and_in_plaintext_they_name_nobody()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var before = await NamedAsync("istio_tcp_connections_opened_total", MtlsMesh.ShopId);
        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingOfClient));
        Assert.True(await NamedAsync("istio_tcp_connections_opened_total", MtlsMesh.ShopId) > before);

        await mesh.RequireAsync("mtls: { mode: DISABLE }");
        await Wait.UntilAsync(
            "plaintext in the metrics",
            TimeSpan.FromSeconds(30),
            async () =>
            {
                Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());
                var samples = await MtlsMesh.SamplesAsync(mesh.Client, "istio_requests_total");
                return samples.Any(line =>
                    line.Contains("destination_service_name=\"shop\"", StringComparison.Ordinal)
                    && line.Contains("source_principal=\"unknown\"", StringComparison.Ordinal)
                    && line.Contains("destination_principal=\"unknown\"", StringComparison.Ordinal)
                );
            },
            CancellationToken.None
        );
    }

    /// <summary>What the client's sidecar counted between itself and a server that it has verified.</summary>
    private async Task<double> NamedAsync(string metric, string server) =>
        (await MtlsMesh.SamplesAsync(mesh.Client, metric))
            .Where(line =>
                line.Contains("reporter=\"source\"", StringComparison.Ordinal)
                && line.Contains($"source_principal=\"{MtlsMesh.ClientId}\"", StringComparison.Ordinal)
                && line.Contains($"destination_principal=\"{server}\"", StringComparison.Ordinal)
                // Istio: the destination alone says by what it was protected.
                && line.Contains("connection_security_policy=\"unknown\"", StringComparison.Ordinal)
            )
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public async Task Permissive_takes_both_and_metrics_tell_them_apart()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");

        Assert.Equal(HttpStatusCode.OK, await mesh.PlaintextAsync());
        Assert.Equal(HttpStatusCode.OK, await mesh.PlaintextAsync(EchoUpstream.Http2Port));
        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());

        var samples = await MtlsMesh.SamplesAsync(mesh.Server, "istio_requests_total");
        Assert.Contains(samples, line => line.Contains("connection_security_policy=\"none\"", StringComparison.Ordinal));
        Assert.Contains(
            samples,
            line =>
                line.Contains(Security, StringComparison.Ordinal)
                && line.Contains($"source_principal=\"{MtlsMesh.ClientId}\"", StringComparison.Ordinal)
                && line.Contains($"destination_principal=\"{MtlsMesh.ShopId}\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Strict_closes_plaintext_and_says_so()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var refused = await MtlsMesh.SumAsync(mesh.Server, "mesh_plaintext_refused_total");

        Assert.Null(await mesh.PlaintextAsync());
        Assert.Null(await mesh.PlaintextAsync(EchoUpstream.Http2Port));
        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());

        Assert.Equal(refused + 2, await MtlsMesh.SumAsync(mesh.Server, "mesh_plaintext_refused_total"));
        await mesh.Server.AccessLogAsync(lines =>
            lines.Any(line => line.Contains(" NR filter_chain_not_found ", StringComparison.Ordinal))
        );
        Assert.Contains("takes mutual TLS only", await File.ReadAllTextAsync(mesh.Server.LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disable_takes_plaintext_only_and_clients_with_sidecars_send_it()
    {
        await mesh.RequireAsync("mtls: { mode: DISABLE }");

        Assert.Equal(HttpStatusCode.OK, await mesh.PlaintextAsync());
        await Wait.UntilAsync(
            "plaintext from the sidecar",
            TimeSpan.FromSeconds(30),
            async () =>
            {
                var before = await PlaintextAsync();
                Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());
                return await PlaintextAsync() > before;
            },
            CancellationToken.None
        );

        Task<double> PlaintextAsync() => MtlsMesh.SumAsync(mesh.Server, "istio_requests_total", "connection_security_policy=\"none\"");
    }

    [Fact]
    public async Task Ports_may_differ()
    {
        await mesh.RequireAsync($"mtls: {{ mode: STRICT }}\n  portLevelMtls: {{ {EchoUpstream.Http2Port}: {{ mode: PERMISSIVE }} }}");

        Assert.Null(await mesh.PlaintextAsync());
        Assert.Equal(HttpStatusCode.OK, await mesh.PlaintextAsync(EchoUpstream.Http2Port));
    }

    [Fact]
    public async Task From_permissive_to_strict_no_request_between_sidecars_fails()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        using var http1 = new EchoClient(mesh.Client, Protocols.Http1);
        using var http2 = new EchoClient(mesh.Client, Protocols.Http2);

        var answers = await Load.WhileAsync(
            async () =>
            {
                for (var i = 0; i < 3; i++)
                {
                    await mesh.RequireAsync("mtls: { mode: STRICT }");
                    await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
                }
            },
            number => Outcome.OfAsync(() => (number % 2 == 0 ? http1 : http2).SendAsync("/", host: "shop"))
        );

        Assert.Equal(["app"], answers.Keys);
    }

    [Fact]
    public async Task What_was_open_in_plaintext_ends_when_the_port_becomes_strict()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        using var http = new TcpClient();
        await http.ConnectAsync(mesh.HttpAddress);
        await http.GetStream().WriteAsync("GET / HTTP/1.1\r\nhost: shop\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200", await ReadAsync(http), StringComparison.Ordinal);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(mesh.GreetingAddress);
        Assert.Equal(MtlsMesh.Greeting, await ReadAsync(tcp));

        await mesh.RequireAsync("mtls: { mode: STRICT }");

        Assert.Equal("", await ReadToEndAsync(tcp));
        Assert.DoesNotContain("HTTP/1.1 200", await ReadToEndAsync(http), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_speaks_first_does_so_through_mutual_TLS_and_after_a_short_wait_in_plaintext()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        var waits = await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_detection_seconds_count");

        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingOfClient));
        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingAddress));

        Assert.Equal(waits + 2, await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_detection_seconds_count"));
        Assert.Contains(
            await MtlsMesh.SamplesAsync(mesh.Server, "istio_tcp_connections_opened_total"),
            line => line.Contains(Security, StringComparison.Ordinal)
        );
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingOfClient));
        Assert.Equal("", await MtlsMesh.GreetingOfAsync(mesh.GreetingAddress));
    }

    [Fact]
    public async Task Half_closed_connections_go_on_through_mutual_TLS()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        using var client = new TcpClient();
        await client.ConnectAsync(mesh.GreetingOfClient);
        Assert.Equal(MtlsMesh.Greeting, await ReadAsync(client));
        var much = new byte[512 * 1024];
        new Random(7).NextBytes(much);

        var sending = Task.Run(async () =>
        {
            await client.GetStream().WriteAsync(much);
            client.Client.Shutdown(SocketShutdown.Send);
        });
        using var back = new MemoryStream();
        await client.GetStream().CopyToAsync(back);
        await sending;

        Assert.Equal(much, back.ToArray());
    }

    [PeerFact("program:openssl")]
    public async Task TLS_of_the_applications_own_passes_under_permissive_and_is_refused_under_strict()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        Assert.Contains("over TLS of my own", await OpenSsl.ConnectAsync(mesh.OwnTlsAddress), StringComparison.Ordinal);

        await mesh.RequireAsync("mtls: { mode: STRICT }");
        Assert.DoesNotContain("over TLS of my own", await OpenSsl.ConnectAsync(mesh.OwnTlsAddress), StringComparison.Ordinal);
    }

    [PeerFact("program:openssl")]
    public async Task A_stranger_without_a_certificate_of_the_mesh_gets_nothing_under_strict()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var failed = await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_handshakes_failed_total");
        var request = "GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";

        Assert.DoesNotContain("200 OK", await OpenSsl.ConnectAsync(mesh.HttpAddress, request, "-alpn", "istio"), StringComparison.Ordinal);
        var (certificate, key) = await OpenSsl.SelfSignedAsync(mesh.Mesh.Root, MtlsMesh.ClientId);
        Assert.DoesNotContain(
            "200 OK",
            await OpenSsl.ConnectAsync(mesh.HttpAddress, request, "-alpn", "istio", "-cert", certificate, "-key", key),
            StringComparison.Ordinal
        );

        Assert.Equal(failed + 2, await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_handshakes_failed_total"));
    }

    [PeerFact("program:openssl")]
    public async Task A_client_of_another_make_with_a_certificate_of_the_mesh_is_a_peer()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var (certificate, key) = OpenSsl.IssuedBy(
            mesh.Mesh.Identity!.Authority,
            "spiffe://cluster.local/ns/default/sa/outsider",
            mesh.Mesh.Root
        );
        var request = "GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";

        var said = await OpenSsl.ConnectAsync(mesh.HttpAddress, request, "-tls1_3", "-cert", certificate, "-key", key);
        Assert.Contains("200 OK", said, StringComparison.Ordinal);
        Assert.Contains("URI:" + MtlsMesh.ShopId, said, StringComparison.Ordinal);
        Assert.Contains(
            "200 OK",
            await OpenSsl.ConnectAsync(mesh.HttpAddress, request, "-tls1_2", "-cert", certificate, "-key", key),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "200 OK",
            await OpenSsl.ConnectAsync(
                mesh.HttpAddress,
                request,
                "-tls1_1",
                "-cipher",
                "ALL@SECLEVEL=0",
                "-cert",
                certificate,
                "-key",
                key
            ),
            StringComparison.Ordinal
        );

        Assert.Contains(
            await MtlsMesh.SamplesAsync(mesh.Server, "istio_requests_total"),
            line => line.Contains("source_principal=\"spiffe://cluster.local/ns/default/sa/outsider\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_policy_that_is_refused_means_strict()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        mesh.Mesh.Delete("peers.yaml");
        await Wait.UntilAsync(
            "plaintext",
            TimeSpan.FromSeconds(30),
            async () => await mesh.PlaintextAsync() == HttpStatusCode.OK,
            CancellationToken.None
        );

        await mesh.Mesh.ApplyAsync(
            "broken.yaml",
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: { name: broken, namespace: default }
            spec:
              selector: { matchLabels: { app: shop } }
              mtls: { mode: STRIKT }
            """
        );

        Assert.Null(await mesh.PlaintextAsync());
        mesh.Mesh.Delete("broken.yaml");
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        var buffer = new byte[16 * 1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, limit.Token));
    }

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var all = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(all, limit.Token);
        }
        catch (IOException)
        {
            // Reset: an end too.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
