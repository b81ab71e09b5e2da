using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes.Tests;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_current_context_with_its_authority_and_token_reaches_a_server_over_TLS()
    {
        using var authority = Authority();
        using var certificate = ServerCertificate(authority);
        await using var server = await ApiServer.StartAsync(certificate);
        server.Tokens.Add("secret");
        var path = Write(server.Address, $"certificate-authority-data: {Base64(authority.ExportCertificatePem())}", "token: secret");
        var access = KubeConfig.Load(path, null, TimeProvider.System);
        Assert.Equal("shop", access.Namespace);
        using var client = new KubernetesClient(access, "tests/1");
        Assert.Null(await client.GetAsync(TestApi.Services, "default", "none"));
    }

    [Fact]
    public async Task A_server_with_another_authority_is_not_trusted_unless_the_user_says_so()
    {
        using var authority = Authority();
        using var other = Authority();
        using var certificate = ServerCertificate(authority);
        await using var server = await ApiServer.StartAsync(certificate);
        await File.WriteAllTextAsync(Path.Combine(_folder, "other.pem"), other.ExportCertificatePem());
        using var careful = new KubernetesClient(
            KubeConfig.Load(Write(server.Address, "certificate-authority: other.pem", "token: t"), null, TimeProvider.System),
            "tests/1"
        );
        await Assert.ThrowsAsync<HttpRequestException>(() => careful.GetAsync(TestApi.Services, "default", "none"));
        using var careless = new KubernetesClient(
            KubeConfig.Load(Write(server.Address, "insecure-skip-tls-verify: true", "token: t"), null, TimeProvider.System),
            "tests/1"
        );
        Assert.Null(await careless.GetAsync(TestApi.Services, "default", "none"));
    }

    [Fact]
    public async Task A_plugin_is_run_for_a_token_kept_until_it_expires_and_run_again_when_it_is_refused()
    {
        await using var server = await ApiServer.StartAsync();
        server.Tokens.Add("token-1");
        var plugin = Path.Combine(_folder, "plugin.sh");
        await File.WriteAllTextAsync(
            plugin,
            $$$"""
            #!/bin/sh
            echo run >> {{{_folder}}}/runs
            case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) ;; *) exit 3;; esac
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s-%d"}}' "$1" "$(wc -l < {{{_folder}}}/runs)"
            """
        );
        var path = Write(
            server.Address,
            "",
            "exec: { apiVersion: client.authentication.k8s.io/v1, command: sh, args: [ PLUGIN, token ], interactiveMode: Never }".Replace(
                "PLUGIN",
                plugin,
                StringComparison.Ordinal
            )
        );
        using var client = new KubernetesClient(KubeConfig.Load(path, null, TimeProvider.System), "tests/1");
        await client.GetAsync(TestApi.Services, "default", "none");
        await client.GetAsync(TestApi.Services, "default", "none");
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder, "runs")));
        server.Tokens.Clear();
        server.Tokens.Add("token-2");
        await client.GetAsync(TestApi.Services, "default", "none");
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(_folder, "runs"))).Length);
    }

    [Fact]
    public async Task A_plugin_that_fails_is_named_with_what_it_said()
    {
        var path = Write(
            new Uri("http://127.0.0.1:1"),
            "",
            "exec: { command: sh, args: [ -c, 'echo no session >&2; exit 4' ], installHint: Log in first. }"
        );
        using var client = new KubernetesClient(KubeConfig.Load(path, null, TimeProvider.System), "tests/1");
        var error = await Assert.ThrowsAsync<KubeConfigException>(() => client.GetAsync(TestApi.Services, "default", "none"));
        Assert.Equal("The credential plugin 'sh' failed with exit code 4: no session Log in first.", error.Message);
    }

    [Theory]
    [InlineData("{}", "current-context is missing; name a context")]
    [InlineData("current-context: dev\ncontexts: [ { name: prod, context: { cluster: c } } ]", "contexts has no 'dev'; it has: prod")]
    [InlineData(
        "current-context: a\ncontexts: [ { name: a, context: { cluster: c } } ]\nclusters: [ { name: c, cluster: { server: 'ftp://x' } } ]",
        "cluster 'c': server 'ftp://x' is no http or https URL"
    )]
    [InlineData(
        "current-context: a\ncontexts: [ { name: a, context: { cluster: c } } ]\nclusters: [ { name: c, cluster: { server: 'https://x', certificate-authority-data: '%%' } } ]",
        "certificate-authority-data is not base64"
    )]
    public void What_is_wrong_is_named(string yaml, string expected)
    {
        var path = Path.Combine(_folder, "config");
        File.WriteAllText(path, yaml);
        var error = Assert.Throws<KubeConfigException>(() => KubeConfig.Load(path, null, TimeProvider.System));
        Assert.Equal($"The kubeconfig {path}: {expected}.", error.Message);
    }

    [Fact]
    public async Task A_pod_finds_its_server_token_and_namespace()
    {
        using var authority = Authority();
        using var certificate = ServerCertificate(authority);
        await using var server = await ApiServer.StartAsync(certificate);
        server.Tokens.Add("pod-token");
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.crt"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "pod-token");
        await File.WriteAllTextAsync(Path.Combine(_folder, "namespace"), "mesh-system\n");
        var access = InCluster.Load("127.0.0.1", $"{server.Address.Port}", TimeProvider.System, _folder);
        Assert.Equal("mesh-system", access.Namespace);
        using var client = new KubernetesClient(access, "tests/1");
        Assert.Null(await client.GetAsync(TestApi.Services, "default", "none"));
        Assert.Throws<KubeConfigException>(() => InCluster.Load(null, null, TimeProvider.System, _folder));
    }

    [Fact]
    public async Task A_pod_follows_its_token_and_the_authority_of_its_server_as_they_are_exchanged()
    {
        using var first = Authority();
        using var second = Authority("another");
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.crt"), first.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "first");
        KubernetesClient client;
        int port;
        using (var certificate = ServerCertificate(first))
        {
            await using var server = await ApiServer.StartAsync(certificate);
            server.Tokens.Add("first");
            port = server.Address.Port;
            client = new KubernetesClient(InCluster.Load("127.0.0.1", $"{port}", TimeProvider.System, _folder), "tests/1");
            Assert.Null(await GetAsync(client));

            // The token is another one, and for a moment there is none at all: a failure that passes.
            server.Tokens.Clear();
            server.Tokens.Add("second");
            File.Delete(Path.Combine(_folder, "token"));
            var missing = await Assert.ThrowsAsync<KubeConfigException>(() => GetAsync(client));
            Assert.True(KubernetesClient.IsFailure(missing, CancellationToken.None));
            await File.WriteAllTextAsync(Path.Combine(_folder, "token"), "second");
            Assert.Null(await GetAsync(client));
        }

        using var other = ServerCertificate(second);
        await using var later = await ApiServer.StartAsync(other, port: port);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.crt"), "half of a");
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client));
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.crt"), first.ExportCertificatePem() + "\n" + second.ExportCertificatePem());
        Assert.Null(await GetAsync(client));
        client.Dispose();
    }

    private static Task<KubernetesObject?> GetAsync(KubernetesClient client) => client.GetAsync(TestApi.Services, "default", "none");

    private string Write(Uri server, string cluster, string user)
    {
        var path = Path.Combine(_folder, "config");
        File.WriteAllText(
            path,
            $$"""
            apiVersion: v1
            kind: Config
            current-context: here
            contexts:
              - name: here
                context: { cluster: c, user: u, namespace: shop }
            clusters:
              - name: c
                cluster:
                  server: {{server}}
                  {{cluster}}
            users:
              - name: u
                user:
                  {{user}}
            """
        );
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static X509Certificate2 Authority(string name = "authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 ServerCertificate(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
    }
}
