using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>curl and openssl, which nobody here wrote, as clients of a port that takes mutual TLS only.</summary>
public sealed class OutsidePeerTests(MtlsMesh mesh) : IClassFixture<MtlsMesh>
{
    private const string CurlPeer = "program:curl";
    private const string OpenSslPeer = "program:openssl";
    private const string Stranger = "spiffe://cluster.local/ns/default/sa/stranger";

    private string Url => $"https://{mesh.HttpAddress}/";

    [PeerFact(CurlPeer)]
    public async Task Curl_with_a_certificate_of_the_mesh_is_served_and_named()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var (certificate, key) = OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, Stranger, mesh.Mesh.Root);
        foreach (var version in new[] { "--tlsv1.3", "--tls-max=1.2" })
        {
            var answer = await CurlAsync([.. version.Split('='), "--cert", certificate, "--key", key]);
            Assert.Contains(" 200", answer, StringComparison.Ordinal);
            Assert.Contains($"URI={Stranger}", answer, StringComparison.Ordinal);
            Assert.EndsWith("[0]", answer, StringComparison.Ordinal);
        }
    }

    [PeerFact(CurlPeer)]
    public async Task Curl_without_a_good_certificate_or_with_an_old_TLS_is_refused_and_counted()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var (own, ownKey) = await OpenSsl.SelfSignedAsync(mesh.Mesh.Root, Stranger);
        var (good, goodKey) = OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, Stranger, mesh.Mesh.Root);
        var (foreign, foreignKey) = OpenSsl.IssuedBy(
            mesh.Mesh.Identity.Authority,
            "spiffe://elsewhere.example/ns/default/sa/stranger",
            mesh.Mesh.Root
        );
        foreach (
            var arguments in new string[][]
            {
                [],
                ["--cert", own, "--key", ownKey],
                ["--cert", foreign, "--key", foreignKey],
                ["--tls-max", "1.1", "--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0", "--cert", good, "--key", goodKey],
            }
        )
        {
            var before = await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_handshakes_failed_total");
            var answer = await CurlAsync(arguments);
            Assert.DoesNotContain(" 200", answer, StringComparison.Ordinal);
            Assert.Matches(@"\[(35|52|55|56)\]$", answer);
            await Cli.Processes.Wait.UntilAsync(
                "the failure being counted",
                TimeSpan.FromSeconds(20),
                async () => await MtlsMesh.SumAsync(mesh.Server, "mesh_tls_handshakes_failed_total") > before,
                CancellationToken.None
            );
        }
    }

    [PeerFact(OpenSslPeer)]
    public async Task There_is_no_early_data_that_could_be_replayed()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var (certificate, key) = OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, Stranger, mesh.Mesh.Root);
        var output = await OpenSsl.ConnectAsync(
            mesh.HttpAddress,
            "GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n",
            "-tls1_3",
            "-cert",
            certificate,
            "-key",
            key
        );
        Assert.Contains("200 OK", output, StringComparison.Ordinal);
        Assert.Contains("Max Early Data: 0", output, StringComparison.Ordinal);
        Assert.DoesNotMatch("Max Early Data: [1-9]", output);
    }

    [PeerFact(OpenSslPeer)]
    public async Task Nobody_starts_another_handshake_on_a_connection_that_has_one()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var (certificate, key) = OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, Stranger, mesh.Mesh.Root);
        var output = await OpenSsl.RenegotiateAsync(mesh.HttpAddress, "-cert", certificate, "-key", key);
        Assert.Contains("Cipher is ", output, StringComparison.Ordinal);
        // It says so, or ends the connection.
        Assert.Matches("(?s)RENEGOTIATING.*(no renegotiation|eof|alert|write:errno)", output);
        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());
    }

    [PeerFact(OpenSslPeer)]
    public async Task A_ClientHello_that_comes_byte_by_byte_is_one_also_where_plaintext_is_taken()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        var (certificate, key) = OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, Stranger, mesh.Mesh.Root);
        using var slow = new ByteByByte(mesh.HttpAddress, bytes: 400);
        var output = await OpenSsl.ConnectAsync(
            slow.Address,
            "GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n",
            "-alpn",
            "istio",
            "-cert",
            certificate,
            "-key",
            key
        );
        Assert.Contains("200 OK", output, StringComparison.Ordinal);
        Assert.Contains($"URI={Stranger}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_behind_the_first_bytes_of_HTTP_is_no_handshake()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(mesh.HttpAddress);
        // The head of a request, and where its end should be, the beginning of a record.
        await client.SendAsync("GET / HTTP/1.1\r\nhost: shop\r\n"u8.ToArray());
        await client.SendAsync((byte[])[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, 13, 10, 13, 10]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = new byte[4096];
        var count = await client.ReceiveAsync(answer, limit.Token);
        Assert.StartsWith("HTTP/1.1 400 ", System.Text.Encoding.ASCII.GetString(answer, 0, count), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());
    }

    [Fact]
    public async Task Clients_that_stall_in_the_handshake_are_closed_and_harm_nobody()
    {
        await mesh.RequireAsync("mtls: { mode: STRICT }");
        var stalled = new List<Socket>();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                stalled.Add(socket);
                await socket.ConnectAsync(mesh.HttpAddress);
                // Nothing, the beginning of a record, and the beginning of a ClientHello.
                await socket.SendAsync(((byte[])[0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])[..(i % 3 * 5)]);
            }

            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await mesh.ThroughSidecarAsync());
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            foreach (var socket in stalled)
            {
                Assert.Equal(0, await EndAsync(socket, limit.Token));
            }
        }
        finally
        {
            stalled.ForEach(socket => socket.Dispose());
        }

        static async Task<int> EndAsync(Socket socket, CancellationToken limit)
        {
            try
            {
                return await socket.ReceiveAsync(new byte[64], limit);
            }
            catch (SocketException)
            {
                return 0;
            }
        }
    }

    /// <summary>Headers and body, and in brackets what curl ended with.</summary>
    private Task<string> CurlAsync(params string[] arguments) =>
        Curl.RunAsync(["-sik", "--http1.1", "--max-time", "20", "-H", "Host: shop", "-w", "[%{exitcode}]", .. arguments, Url]);
}
