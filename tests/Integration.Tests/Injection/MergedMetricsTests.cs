using System.Net;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Injector.Patching;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Injection;

/// <summary>Metrics of application and proxy from one port: what the injector wrote, asked of a real proxy by a real Prometheus.</summary>
public sealed class MergedMetricsTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private volatile string _page = "# TYPE shop_orders counter\nshop_orders_total{kind=\"paper\"} 3 # {trace_id=\"a\"} 1\n# EOF\n";
    private volatile string _type = OpenMetrics;
    private volatile string _asked = "";

    [PeerFact("program:prometheus")]
    public async Task Prometheus_gets_both_and_keeps_ours_when_the_application_fails()
    {
        using var directory = new TemporaryDirectory();
        var port = FreePort.On(IPAddress.Loopback);
        using var application = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        application.Start();
        var serving = ServeAsync(application);

        var pod = Pods.Plain(
            metadata: $"annotations: {{prometheus.io/scrape: \"true\", prometheus.io/port: \"{port}\", prometheus.io/path: /m}}"
        );
        var patched = Pods.Patched(pod, await fixture.Injector.ReviewAsync(pod, "shop"));
        var annotations = patched["metadata"]!["annotations"]!;
        Assert.Equal("15020", (string)annotations["prometheus.io/port"]!);
        var path = (string)annotations["prometheus.io/path"]!;
        var variable = Pods.Variable(Pods.Container(patched, "initContainers", "istio-proxy"), Names.MetricsVariable)!;

        await using var proxy = await LoneProxy.StartAsync(new() { [Names.MetricsVariable] = variable });
        var prometheus = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        directory.Write(
            "prometheus.yaml",
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: pods
                metrics_path: {{path}}
                static_configs: [{targets: ["127.0.0.1:{{proxy.Port}}"]}]
            """
        );
        await using var scraper = ChildProcess.Start(
            "prometheus",
            Peers.FindProgram("prometheus")!,
            [
                $"--config.file={Path.Combine(directory.Path, "prometheus.yaml")}",
                $"--storage.tsdb.path={Path.Combine(directory.Path, "data")}",
                $"--web.listen-address={prometheus}",
            ],
            Path.Combine(directory.Path, "prometheus.log")
        );
        await UntilValueAsync("shop_orders_total{kind=\"paper\"} == 3");
        await UntilValueAsync("envoy_server_live == 0");
        Assert.Contains("application/openmetrics-text", _asked, StringComparison.Ordinal);

        (_type, _page) = ("text/plain", "<html>broken</html>");
        await UntilValueAsync("istio_agent_scrape_failures_total{type=\"application\"} > 2");
        await UntilValueAsync("up == 1 and on() absent(shop_orders_total)");

        (_type, _page) = ("text/plain; version=0.0.4", "# TYPE shop_orders_total counter\nshop_orders_total{kind=\"paper\"} 4\n");
        await UntilValueAsync("shop_orders_total == 4");
        var text = await Curl.RunAsync("-s", "-H", "Accept: text/plain", $"http://127.0.0.1:{proxy.Port}{path}");
        Assert.DoesNotContain(await Promtool.CheckMetricsAsync(text), line => line.Contains("error", StringComparison.Ordinal));

        application.Stop();
        await serving;

        Task UntilValueAsync(string query) =>
            scraper.UntilAsync(
                query,
                async () =>
                    (await Wait.TextAsync($"http://{prometheus}/api/v1/query?query={Uri.EscapeDataString(query)}", default))?.Contains(
                        "\"value\":",
                        StringComparison.Ordinal
                    ) == true
            );
    }

    [Fact]
    public async Task A_job_ends_its_classic_sidecar()
    {
        await using var proxy = await LoneProxy.StartAsync([]);

        var status = await Curl.RunAsync(
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-X",
            "POST",
            $"http://localhost:{proxy.Port}/quitquitquit"
        );

        Assert.Equal("200", status);
        Assert.Equal(0, await proxy.Process.ExitAsync());
    }

    private async Task ServeAsync(HttpListener application)
    {
        try
        {
            while (true)
            {
                var context = await application.GetContextAsync();
                _asked = context.Request.Headers["Accept"] ?? "";
                context.Response.StatusCode = context.Request.Url!.AbsolutePath == "/m" ? 200 : 404;
                context.Response.ContentType = _type;
                context.Response.Close(Encoding.UTF8.GetBytes(_page), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
