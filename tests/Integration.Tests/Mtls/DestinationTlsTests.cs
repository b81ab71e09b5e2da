using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>What a DestinationRule says of <c>tls</c>, against nginx and openssl as servers.</summary>
#pragma warning disable CA1001 // xunit disposes them through IAsyncLifetime
public sealed class DestinationTlsTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string OpenSslPeer = "program:openssl";
    private const int Port = 8443;

    private readonly string _address = LoopbackSubnet.NextAddress();
    private LocalMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private Pki _ours = null!;
    private Pki _others = null!;
    private ChildProcess? _server;
    private (string Certificate, string Key) _shop;

    public async Task InitializeAsync()
    {
        _mesh = await LocalMesh.StartAsync();
        _sidecar = await _mesh.StartSidecarAsync();
        _ours = new(_mesh.Root, "ours");
        _others = new(_mesh.Root, "others");
        _shop = _ours.Issue("shop.example");
        _mesh.Write(
            "shop.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: { name: shop, namespace: default }
            spec:
              hosts: [shop.test]
              ports: [{ number: 80, name: http, protocol: HTTP, targetPort: {{Port}} }]
              resolution: STATIC
              endpoints: [{ address: {{_address}} }]
            """
        );
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _ours.Dispose();
        _others.Dispose();
    }

    [PeerFact(NginxUpstream.Peer)]
    public async Task Nginx_is_believed_by_its_authority_its_name_and_its_lists()
    {
        await ServeAsync();
        var good = await AskAsync($"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example");
        Assert.Equal("200 shop.example NONE  TLSv1.3", good);
        Assert.Equal(
            good,
            await AskAsync($"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example, subjectAltNames: [a.example, shop.example]")
        );
        Assert.Equal(
            good,
            await AskAsync(
                $"mode: SIMPLE, sni: shop.example, caCertificates: {_ours.Roots}, caCrl: {_ours.Revoke(_ours.Issue("x.example").Certificate)}"
            )
        );

        await RefusedAsync(
            $"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example, subjectAltNames: [a.example]",
            "not for a.example"
        );
        await RefusedAsync($"mode: SIMPLE, caCertificates: {_others.Roots}, sni: shop.example", "PartialChain");
        await RefusedAsync("mode: SIMPLE, sni: shop.example", "CERTIFICATE_VERIFY_FAILED");
        // Nobody said what it must be called: then what it was called by.
        await RefusedAsync($"mode: SIMPLE, caCertificates: {_ours.Roots}", "not for shop.test");
        await RefusedAsync(
            $"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example, caCrl: {_ours.Revoke(_shop.Certificate)}",
            "is revoked"
        );
        await RefusedAsync(
            $"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example, caCrl: {_others.Revoke()}",
            "caCrl has no revocation list of CN=ours"
        );
        await RefusedAsync($"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example, caCrl: /nowhere.pem", "caCrl: /nowhere.pem");

        Assert.Equal(good, await AskAsync("mode: SIMPLE, sni: shop.example, insecureSkipVerify: true"));
    }

    [PeerFact(NginxUpstream.Peer)]
    public async Task Nginx_knows_a_client_that_shows_a_certificate()
    {
        await ServeAsync();
        var (certificate, key) = _ours.Issue("client.example");
        Assert.Equal(
            "200 shop.example SUCCESS CN=client.example TLSv1.3",
            await AskAsync(
                $"mode: MUTUAL, clientCertificate: {certificate}, privateKey: {key}, caCertificates: {_ours.Roots}, sni: shop.example"
            )
        );

        var (stranger, strangerKey) = _others.Issue("client.example");
        Assert.StartsWith(
            "400 ",
            await AskAsync(
                $"mode: MUTUAL, clientCertificate: {stranger}, privateKey: {strangerKey}, caCertificates: {_ours.Roots}, sni: shop.example"
            ),
            StringComparison.Ordinal
        );
        await RefusedAsync(
            $"mode: MUTUAL, clientCertificate: {certificate}, privateKey: {strangerKey}, caCertificates: {_ours.Roots}, sni: shop.example",
            "clientCertificate: "
        );
        // Rather than with less than was asked for.
        Assert.StartsWith("502 ", await AskAsync("mode: MUTUAL, credentialName: shop-client"), StringComparison.Ordinal);
    }

    [PeerFact(OpenSslPeer)]
    public async Task Openssl_is_spoken_to_over_TLS_1_2_and_not_below()
    {
        var settings = $"mode: SIMPLE, caCertificates: {_ours.Roots}, sni: shop.example";
        await ServeOpenSslAsync("-tls1_2");
        Assert.StartsWith("200 ", await AskAsync(settings), StringComparison.Ordinal);
        await _server!.DisposeAsync();
        await ServeOpenSslAsync("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
        await RefusedAsync(settings, "TLS_error:|");
    }

    private Task ServeAsync() => StartAsync("nginx", ["-p", _mesh.Root, "-e", "stderr", "-c", Configuration()]);

    private Task ServeOpenSslAsync(params string[] arguments) =>
        StartAsync(
            "openssl",
            ["s_server", "-accept", $"{_address}:{Port}", "-cert", _shop.Certificate, "-key", _shop.Key, "-www", "-quiet", .. arguments]
        );

    private async Task StartAsync(string program, string[] arguments)
    {
        _server = ChildProcess.Start(program, Peers.FindProgram(program)!, arguments, Path.Combine(_mesh.Root, $"{program}.log"));
        await Wait.UntilAsync(
            $"{program} listens",
            TimeSpan.FromSeconds(30),
            async () =>
            {
                using var probe = new System.Net.Sockets.TcpClient();
                try
                {
                    await probe.ConnectAsync(IPAddress.Parse(_address), Port);
                    return true;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            CancellationToken.None
        );
    }

    private string Configuration()
    {
        var path = Path.Combine(_mesh.Root, "nginx.conf");
        File.WriteAllText(
            path,
            $$"""
            daemon off;
            master_process off;
            pid {{_mesh.Root}}/nginx.pid;
            error_log stderr crit;
            events { worker_connections 128; }
            http {
                access_log off;
                client_body_temp_path {{_mesh.Root}}/body;
                proxy_temp_path {{_mesh.Root}}/proxy;
                fastcgi_temp_path {{_mesh.Root}}/fastcgi;
                uwsgi_temp_path {{_mesh.Root}}/uwsgi;
                scgi_temp_path {{_mesh.Root}}/scgi;
                server {
                    listen {{_address}}:{{Port}} ssl;
                    ssl_certificate {{_shop.Certificate}};
                    ssl_certificate_key {{_shop.Key}};
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_client_certificate {{_ours.Roots}};
                    ssl_verify_client optional;
                    location / {
                        default_type text/plain;
                        return 200 "$ssl_server_name $ssl_client_verify $ssl_client_s_dn $ssl_protocol";
                    }
                }
            }
            """
        );
        return path;
    }

    /// <summary>Status and body of a request under these settings.</summary>
    private async Task<string> AskAsync(string tls)
    {
        await _mesh.ApplyAsync(
            "rule.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: shop, namespace: default }
            spec: { host: shop.test, trafficPolicy: { tls: { {{tls}} } } }
            """
        );
        using var client = _sidecar.Client(HttpVersion.Version11);
        using var response = await client.GetAsync(new Uri("http://shop.test/"));
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    private async Task RefusedAsync(string tls, string reason)
    {
        var seen = (await _sidecar.AccessLogAsync(_ => true)).Length;
        Assert.StartsWith("503 ", await AskAsync(tls), StringComparison.Ordinal);
        await _sidecar.AccessLogAsync(lines =>
            lines
                .Skip(seen)
                .Any(line => line.Contains("TLS_error:|", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal))
        );
    }
}
