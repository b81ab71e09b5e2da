using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Injection;

/// <summary>K03: what the injector makes of probes, the real proxy answers.</summary>
public sealed class K03ProbeTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    [Fact]
    public async Task Rewritten_probes_are_answered_by_the_proxy_with_the_applications_answer()
    {
        using var application = new HttpListener();
        var http = FreePort.On(IPAddress.Loopback);
        application.Prefixes.Add($"http://127.0.0.1:{http}/");
        application.Start();
        var serving = ServeAsync(application);
        var closed = FreePort.On(IPAddress.Loopback);
        var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();

        var pod = Pods.Plain(
            container: $$"""
            livenessProbe:
              httpGet: {path: /sick, port: {{http}}}
            readinessProbe:
              httpGet: {path: /ready, port: {{http}}}
              timeoutSeconds: 20
            startupProbe:
              tcpSocket: {port: {{((IPEndPoint)tcp.LocalEndpoint).Port}}}
            lifecycle:
              preStop:
                tcpSocket: {port: {{closed}}}
            """
        );
        var patched = Pods.Patched(pod, await fixture.Injector.ReviewAsync(pod, "shop"));
        var web = Pods.Container(patched, "containers", "web");
        Assert.Null(web["startupProbe"]!["tcpSocket"]);
        Assert.Equal(15020, (int)web["startupProbe"]!["httpGet"]!["port"]!);
        var variable = Pods.Variable(Pods.Container(patched, "initContainers", "istio-proxy"), Pods.ProbersVariable)!;

        await using var proxy = await LoneProxy.StartAsync(new() { [Pods.ProbersVariable] = variable });

        Assert.Equal("200", await StatusAsync(web["readinessProbe"]!));
        Assert.Equal("503", await StatusAsync(web["livenessProbe"]!));
        Assert.Equal("200", await StatusAsync(web["startupProbe"]!));
        Assert.Equal("500", await StatusAsync(web["lifecycle"]!["preStop"]!));
        tcp.Stop();
        Assert.Equal("500", await StatusAsync(web["startupProbe"]!));
        application.Stop();
        await serving;

        Task<string> StatusAsync(System.Text.Json.Nodes.JsonNode probe) =>
            Curl.RunAsync(
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                $"http://127.0.0.1:{proxy.Port}{(string)probe["httpGet"]!["path"]!}"
            );
    }

    [Fact]
    public async Task The_switch_leaves_probes_as_they_are()
    {
        var pod = Pods.Plain(
            metadata: "annotations:\n  sidecar.istio.io/rewriteAppHTTPProbers: \"false\"",
            container: "livenessProbe:\n  httpGet: {path: /live, port: 8080}"
        );
        var patched = Pods.Patched(pod, await fixture.Injector.ReviewAsync(pod, "shop"));
        Assert.Equal("/live", (string)Pods.Container(patched, "containers", "web")["livenessProbe"]!["httpGet"]!["path"]!);
        Assert.Null(Pods.Variable(Pods.Container(patched, "initContainers", "istio-proxy"), Pods.ProbersVariable));
    }

    private static async Task ServeAsync(HttpListener application)
    {
        try
        {
            while (true)
            {
                var asked = await application.GetContextAsync();
                asked.Response.StatusCode = asked.Request.Url!.AbsolutePath == "/ready" ? 200 : 503;
                asked.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
