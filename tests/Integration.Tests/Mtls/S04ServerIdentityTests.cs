using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>S04: the client verifies the server's identity; one with another service's certificate is refused.</summary>
public sealed class S04ServerIdentityTests(MtlsMesh mesh) : IClassFixture<MtlsMesh>
{
    private const int Port = 8080;

    [Fact]
    public async Task A_pod_with_another_services_certificate_is_refused_and_the_log_names_both()
    {
        using var server = new Pretender(OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, "spiffe://cluster.local/ns/default/sa/thief"));
        await ServeAsync("vault", server);

        using var requests = new EchoClient(mesh.Client, Protocols.Http1);
        using var response = await requests.SendAsync("/", host: "vault");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("connection failure", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, server.Requests);
        var line = (
            await mesh.Client.AccessLogAsync(lines => lines.Any(line => line.Contains("outbound|80||vault", StringComparison.Ordinal)))
        ).Last(line => line.Contains("outbound|80||vault", StringComparison.Ordinal));
        Assert.Matches("503 (URX,)?UF(,URX)? ", line);
        Assert.Contains("TLS_error:|CERTIFICATE_VERIFY_FAILED:verify SAN list", line, StringComparison.Ordinal);
        Assert.Contains("spiffe://cluster.local/ns/default/sa/thief", line, StringComparison.Ordinal);
        Assert.Contains("spiffe://cluster.local/ns/default/sa/vault", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_with_its_own_services_certificate_is_believed()
    {
        using var server = new Pretender(OpenSsl.IssuedBy(mesh.Mesh.Identity!.Authority, "spiffe://cluster.local/ns/default/sa/safe"));
        await ServeAsync("safe", server);

        using var requests = new EchoClient(mesh.Client, Protocols.Http1);
        using var response = await requests.SendAsync("/", host: "safe");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, server.Requests);
        Assert.Equal(MtlsMesh.ClientId, server.Client);
        Assert.Equal("outbound_.80_._.safe.default.svc.cluster.local", server.ServerName);
    }

    private async Task ServeAsync(string name, Pretender server)
    {
        await mesh.Mesh.ApplyAsync(
            $"{name}.yaml",
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}}, namespace: default }
            spec:
              selector: { app: {{name}} }
              ports: [ { name: http, port: 80, targetPort: {{Port}} } ]
            ---
            {{Objects.Pod($"{name}-1", "default", server.Address, $"app: {name}, {MeshIdentity.SidecarLabel}")}}
            """
        );
        await Wait.UntilAsync(
            $"the endpoint of {name}",
            TimeSpan.FromSeconds(30),
            async () =>
                (await Wait.TextAsync($"http://{mesh.Client.Admin}/clusters", CancellationToken.None))?.Contains(
                    $"{server.Address}:{Port}",
                    StringComparison.Ordinal
                ) == true,
            CancellationToken.None
        );
    }

    /// <summary>A server that shows any certificate.</summary>
    private sealed class Pretender : IDisposable
    {
        private readonly TcpListener _listener;
        private readonly X509Certificate2 _certificate;
        private int _requests;

        public Pretender(X509Certificate2 certificate)
        {
            _certificate = certificate;
            _listener = new TcpListener(IPAddress.Parse(Address), Port);
            _listener.Start();
            _ = AcceptAsync();
        }

        public string Address { get; } = LoopbackSubnet.NextAddress();

        public int Requests => Volatile.Read(ref _requests);

        public string? Client { get; private set; }

        public string? ServerName { get; private set; }

        public void Dispose()
        {
            _listener.Dispose();
            _certificate.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            try
            {
                using (client)
                {
#pragma warning disable CA5359 // the client is what is tested
                    await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
                    await tls.AuthenticateAsServerAsync(
                        new SslServerAuthenticationOptions { ServerCertificate = _certificate, ClientCertificateRequired = true }
                    );
                    var buffer = new byte[8192];
                    if (await tls.ReadAsync(buffer) > 0)
                    {
                        Client = ((X509Certificate2)tls.RemoteCertificate!)
                            .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                            .Select(names => names.Format(false).Replace("URI:", "", StringComparison.Ordinal))
                            .Single();
                        ServerName = tls.TargetHostName;
                        Interlocked.Increment(ref _requests);
                        await tls.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
                        // Until the client has had enough.
                        while (await tls.ReadAsync(buffer) > 0) { }
                    }
                }
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                // Refused, which the test looks at.
            }
        }
    }
}
