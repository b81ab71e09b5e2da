using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Grpc.Health;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Admin.Probes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Admin;

public sealed class AppProbeTests
{
    [Theory]
    [InlineData("/ok", 200)]
    [InlineData("/teapot", 418)]
    [InlineData("/sick", 503)]
    [InlineData("/moved", 200)]
    [InlineData("/away", 200)]
    [InlineData("/circle", 500)]
    public async Task The_status_of_a_get_is_the_answer(string path, int expected)
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, new HealthService());
        Assert.Equal(expected, (await AskAsync($$$"""{"httpGet":{"path":"{{{path}}}","port":{{{PortOf(app)}}}}}""")).Status);
    }

    [Fact]
    public async Task Headers_of_the_probe_and_the_kubelets_name_arrive()
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, new HealthService());
        var headers = """[{"name":"X-Probe","value":"a"},{"name":"Host","value":"shop.example"}]""";
        var (_, reason) = await AskAsync($$$"""{"httpGet":{"path":"/echo?x=1","port":{{{PortOf(app)}}},"httpHeaders":{{{headers}}}}}""");
        Assert.Equal("shop.example ?x=1 a kube-probe/1.32", reason);
    }

    [Fact]
    public async Task Over_TLS_any_certificate_will_do_as_for_the_kubelet()
    {
        using var key = ECDsa.Create();
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=somebody", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(-1));
        await using var app = await ServeAsync(HttpProtocols.Http1, new HealthService(), certificate: certificate);
        var probe = $$$"""{"httpGet":{"path":"/ok","port":{{{PortOf(app)}}},"scheme":"HTTPS"}}""";
        Assert.Equal((200, "fine"), await AskAsync(probe));
        Assert.NotEqual(200, (await AskAsync(probe.Replace("HTTPS", "HTTP", StringComparison.Ordinal))).Status);
    }

    [Fact]
    public async Task An_answer_that_takes_too_long_fails()
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, new HealthService());
        var (status, reason) = await AskAsync($$$"""{"httpGet":{"path":"/never","port":{{{PortOf(app)}}}},"timeoutSeconds":1}""");
        Assert.Equal(500, status);
        Assert.Contains("within 1 s", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tcp_probe_succeeds_where_somebody_listens_and_fails_where_nobody_does()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var probe = $$$"""{"tcpSocket":{"port":{{{((IPEndPoint)listener.LocalEndpoint).Port}}}}}""";
        Assert.Equal(200, (await AskAsync(probe)).Status);

        listener.Stop();
        Assert.Equal(500, (await AskAsync(probe)).Status);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "httpGet")]
    [InlineData(HttpProtocols.Http2, "grpc")]
    public async Task Where_traffic_is_redirected_the_application_is_asked_from_the_address_that_is_not(
        HttpProtocols protocols,
        string kind
    )
    {
        var clients = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var app = await ServeAsync(protocols, new HealthService(), clients.Add);
        Assert.Equal(200, (await AskAsync($$$"""{"{{{kind}}}":{"path":"/ok","port":{{{PortOf(app)}}}}}""", redirected: true)).Status);
        Assert.Equal(["127.0.0.6"], clients);
    }

    [Fact]
    public async Task A_grpc_probe_asks_the_health_service()
    {
        var health = new HealthService();
        health.Set("shop.v1.Orders", HealthCheckResponse.Types.ServingStatus.NotServing);
        await using var app = await ServeAsync(HttpProtocols.Http2, health);

        Assert.Equal(200, (await AskAsync($$$"""{"grpc":{"port":{{{PortOf(app)}}}}}""")).Status);
        Assert.Equal(500, (await AskAsync($$$"""{"grpc":{"port":{{{PortOf(app)}}},"service":"shop.v1.Orders"}}""")).Status);
        Assert.Equal(500, (await AskAsync($$$"""{"grpc":{"port":{{{PortOf(app)}}},"service":"unknown"}}""")).Status);
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "no JSON:")]
    [InlineData("""{"/ready":{}}""", "begins with neither")]
    [InlineData("""{"/app-health/a/livez":{"exec":{}}}""", "none of httpGet, tcpSocket and grpc")]
    [InlineData("""{"/app-health/a/livez":{"tcpSocket":{"port":"http"}}}""", "tcpSocket.port is no whole number from 1 to 65535")]
    public void What_cannot_be_asked_is_refused_at_the_start(string text, string expected)
    {
        Assert.Null(AppProbes.Parse(text, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Reason)> AskAsync(string json, bool redirected = false)
    {
        var probes = AppProbes.Parse($$"""{"/app-health/web/livez":{{json}}}""", out var error);
        Assert.Null(error);
        using var application = new ApplicationClient(IPAddress.Loopback, redirected);
        var runner = new ProbeRunner(application);
        // Only the one that never comes may take its own second; the others get room on slow machines.
        var probe = probes!.Values[0];
        probe = probe.Path == "/never" ? probe : probe with { Timeout = TimeSpan.FromSeconds(30) };
        return await runner.AskAsync(probe, "kube-probe/1.32", CancellationToken.None);
    }

    private static async Task<WebApplication> ServeAsync(
        HttpProtocols protocols,
        HealthService health,
        Action<string>? saw = null,
        X509Certificate2? certificate = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    listen.Protocols = protocols;
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                }
            )
        );
        var app = builder.Build();
        app.Use(
            (http, next) =>
            {
                saw?.Invoke($"{http.Connection.RemoteIpAddress}");
                return next(http);
            }
        );
        health.Map(app);
        app.MapGet("/ok", () => "fine");
        app.MapGet("/teapot", () => Results.StatusCode(418));
        app.MapGet("/sick", () => Results.StatusCode(503));
        app.MapGet("/moved", () => Results.Redirect("/ok"));
        app.MapGet("/away", () => Results.Redirect("http://elsewhere.example/"));
        app.MapGet("/circle", () => Results.Redirect("/circle"));
        app.MapGet("/never", (HttpContext http) => Task.Delay(Timeout.Infinite, http.RequestAborted));
        app.MapGet("/echo", (HttpRequest r) => $"{r.Host} {r.QueryString} {r.Headers["X-Probe"]} {r.Headers.UserAgent}");
        await app.StartAsync();
        return app;
    }

    private static int PortOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
}
