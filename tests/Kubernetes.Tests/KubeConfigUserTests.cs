using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Kubernetes.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Mesh.Kubernetes.Tests;

/// <summary>What users of a kubeconfig show to the server, by everything that kubectl knows.</summary>
public sealed class KubeConfigUserTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig-users").FullName;
    private readonly List<(IHeaderDictionary Headers, string? Certificate)> _seen = [];
    private readonly WebApplication _server;

    public KubeConfigUserTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                    listen.UseHttps(
                        Certificate("server"),
                        https =>
                        {
                            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                            https.AllowAnyClientCertificate();
                        }
                    )
            )
        );
        _server = builder.Build();
        _server.Run(async http =>
        {
            _seen.Add((new HeaderDictionary(http.Request.Headers.ToDictionary()), http.Connection.ClientCertificate?.Subject));
            http.Response.StatusCode = Refuses(http.Connection.ClientCertificate?.Subject) ? 401 : 404;
            await http.Response.WriteAsync("{}");
        });
    }

    private Func<string?, bool> Refuses { get; set; } = _ => false;

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Who_acts_as_somebody_else_says_so_in_every_request()
    {
        await AskAsync("token: t, as: jane, as-uid: u1, as-groups: [ a, b ], as-user-extra: { scopes: [ x, y ] }");
        var headers = _seen.Single().Headers;
        Assert.Equal("Bearer t", headers.Authorization);
        Assert.Equal("jane", headers["Impersonate-User"]);
        Assert.Equal("u1", headers["Impersonate-Uid"]);
        Assert.Equal(["a", "b"], headers["Impersonate-Group"].SelectMany(value => value!.Split(", ")));
        Assert.Equal(["x", "y"], headers["Impersonate-Extra-scopes"].SelectMany(value => value!.Split(", ")));
    }

    [Fact]
    public async Task A_certificate_goes_with_a_token_file_which_holds_before_a_token()
    {
        await WriteCertificateAsync("jane");
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "from-file");
        await AskAsync("client-certificate: user.crt, client-key: user.key, token: ignored, tokenFile: token");
        Assert.Equal(("Bearer from-file", "CN=jane"), ($"{_seen.Single().Headers.Authorization}", _seen.Single().Certificate));
    }

    [Fact]
    public async Task A_certificate_that_is_renewed_in_its_files_is_shown_once_the_old_one_is_refused()
    {
        await WriteCertificateAsync("old");
        using var client = Client("client-certificate: user.crt, client-key: user.key", "");
        await GetAsync(client);
        await WriteCertificateAsync("new");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "user.crt"), DateTime.UnixEpoch);
        Refuses = subject => subject != "CN=new";
        await GetAsync(client);
        Assert.Equal(["CN=old", "CN=old", "CN=new"], _seen.Select(one => one.Certificate));
    }

    [Fact]
    public async Task A_plugin_is_told_the_cluster_where_it_asks_and_has_no_input()
    {
        await WritePluginAsync(
            "login",
            $$$"""
            printf '%s' "$KUBERNETES_EXEC_INFO" > {{{_folder}}}/info
            test -z "$(cat)" || exit 9
            printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"%s-%s"}}' "$1" "$GREETING"
            """
        );
        await AskAsync(
            "exec: { apiVersion: client.authentication.k8s.io/v1beta1, command: ./login, args: [ hello ], provideClusterInfo: true, env: [ { name: GREETING, value: a }, { name: GREETING, value: b } ] }"
        );
        Assert.Equal("Bearer hello-b", _seen.Single().Headers.Authorization);
        var info = await File.ReadAllTextAsync(Path.Combine(_folder, "info"));
        Assert.Contains("\"insecure-skip-tls-verify\":true", info, StringComparison.Ordinal);
        Assert.Contains($"\"server\":\"{_server.Urls.First()}\"", info, StringComparison.Ordinal);
        Assert.Contains("\"interactive\":false", info, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec: { command: login-of-nobody, installHint: Get it. }", "is not on the PATH. Get it.")]
    [InlineData(
        "exec: { apiVersion: client.authentication.k8s.io/v1, command: ./other }",
        "answered in client.authentication.k8s.io/v1beta1, and was asked for client.authentication.k8s.io/v1."
    )]
    [InlineData("exec: { command: ./other, interactiveMode: Always }", "nobody is asked anything here")]
    [InlineData("auth-provider: { name: gcp }", "gave up in 1.26; use exec")]
    [InlineData("token: t, as-groups: [ a ]", "but no as")]
    public async Task What_cannot_be_done_is_told(string user, string expected)
    {
        await WritePluginAsync("other", """echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}}'""");
        var error = await Assert.ThrowsAsync<KubeConfigException>(() => AskAsync(user));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task A_server_behind_a_proxy_is_reached_through_it()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var asked = AcceptAsync(proxy);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            AskAsync("token: t", $"proxy-url: http://{proxy.LocalEndpoint}, ")
        );
        Assert.Contains("403", error.Message, StringComparison.Ordinal);
        Assert.Equal($"CONNECT {new Uri(_server.Urls.First()).Authority} HTTP/1.1", await asked);
        var wrong = await Assert.ThrowsAsync<KubeConfigException>(() => AskAsync("token: t", "proxy-url: 'ftp://x', "));
        Assert.Contains("proxy-url 'ftp://x' is no http, https or socks5 URL", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://10.96.0.1:443/", null)]
    [InlineData("https://[fd00::7]:443/", null)]
    [InlineData("https://11.0.0.1/", "http://proxy:3128/")]
    [InlineData("https://10.example.com/", "http://proxy:3128/")]
    public void Blocks_of_addresses_need_no_proxy_either(string server, string? proxy)
    {
        var environment = new EnvironmentProxy(new WebProxy("http://proxy:3128"), "localhost, 10.0.0.0/8,fd00::/8,.svc");
        Assert.Equal(proxy, environment.GetProxy(new Uri(server))?.ToString());
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_told_with_the_reason()
    {
        var path = Path.Combine(_folder, "careful");
        await File.WriteAllTextAsync(path, Text("token: t", "").Replace("insecure-skip-tls-verify: true, ", "", StringComparison.Ordinal));
        using var client = new KubernetesClient(KubeConfig.Load(path, null, TimeProvider.System), "tests/1");
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));
        Assert.Contains("The remote certificate is invalid", error.Message, StringComparison.Ordinal);
        Assert.Contains(new Uri(_server.Urls.First()).Authority, error.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> AcceptAsync(TcpListener proxy)
    {
        using var client = await proxy.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
        var line = await reader.ReadLineAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
        return line;
    }

    private async Task AskAsync(string user, string cluster = "")
    {
        using var client = Client(user, cluster);
        await GetAsync(client);
    }

    private KubernetesClient Client(string user, string cluster)
    {
        var path = Path.Combine(_folder, "config");
        File.WriteAllText(path, Text(user, cluster));
        return new(KubeConfig.Load(path, null, TimeProvider.System), "tests/1");
    }

    private string Text(string user, string cluster) =>
        $$"""
            current-context: x
            contexts: [ { name: x, context: { cluster: c, user: u } } ]
            clusters: [ { name: c, cluster: { {{cluster}}insecure-skip-tls-verify: true, server: "{{_server.Urls.First()}}" } } ]
            users: [ { name: u, user: { {{user}} } } ]
            """;

    private static Task<KubernetesObject?> GetAsync(KubernetesClient client) => client.GetAsync(TestApi.Services, "default", "none");

    private async Task WritePluginAsync(string name, string script)
    {
        var path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, "#!/bin/sh\n" + script + "\n");
#pragma warning disable CA1416 // these programs run on Linux alone
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
#pragma warning restore CA1416
    }

    private async Task WriteCertificateAsync(string name)
    {
        using var certificate = Certificate(name);
        await File.WriteAllTextAsync(Path.Combine(_folder, "user.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "user.crt"), certificate.ExportCertificatePem());
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            now.AddDays(-1),
            now.AddDays(1)
        );
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
