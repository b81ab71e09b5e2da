using System.Net;
using Mesh.Metrics;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Admin.Merging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tests.Admin.Merging;

/// <summary>The application's page, fetched for a scraper: bounded, and never at the cost of the proxy's own.</summary>
public sealed class MetricsMergerTests
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    [Fact]
    public async Task The_page_has_both()
    {
        var (page, type) = await ScrapeAsync(http => http.Response.WriteAsync("shop_orders 3\n"));
        Assert.Contains("own_total 1\n", page, StringComparison.Ordinal);
        Assert.EndsWith("shop_orders 3\n", page, StringComparison.Ordinal);
        Assert.Contains("istio_agent_scrapes_total 1\n", page, StringComparison.Ordinal);
        Assert.Equal(MetricRegistry.ContentType, type);
    }

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", OpenMetrics)]
    [InlineData("application/vnd.google.protobuf,application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.1", OpenMetrics)]
    [InlineData("text/plain;version=0.0.4", MetricRegistry.ContentType)]
    public async Task The_format_is_what_scraper_and_application_agree_on(string accept, string expected)
    {
        string? asked = null;
        var (page, type) = await ScrapeAsync(
            http =>
            {
                asked = http.Request.Headers.Accept;
                var open = asked!.Contains("openmetrics", StringComparison.Ordinal);
                http.Response.ContentType = open ? OpenMetrics : "text/plain; version=0.0.4";
                return http.Response.WriteAsync(open ? "# TYPE a counter\na_total 1\n# EOF\n" : "a_total 1\n");
            },
            accept: accept
        );
        Assert.Equal(expected, type);
        Assert.DoesNotContain("protobuf", asked, StringComparison.Ordinal);
        Assert.Contains("\na_total 1\n", page, StringComparison.Ordinal);
        Assert.Equal(type == OpenMetrics, page.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirects_inside_of_the_application_are_followed()
    {
        var (page, _) = await ScrapeAsync(http =>
        {
            if (http.Request.Path == "/metrics/")
            {
                return http.Response.WriteAsync("shop_orders 3\n");
            }

            http.Response.Redirect("/metrics/");
            return Task.CompletedTask;
        });
        Assert.Contains("shop_orders 3\n", page, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Failures() =>
        new()
        {
            { "status", "it answers 503" },
            { "away", "it answers 302" },
            { "html", "it answers text/html instead of text/plain" },
            { "garbage", "line 1 is no line of Prometheus' text: <html>" },
            { "endless", "it is larger than 16 MiB" },
            { "announced", "it is larger than 16 MiB" },
            { "silent", "no answer within 0.4 s" },
            { "halfway", "" },
            { "nobody", "" },
        };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Whatever_the_application_does_the_proxys_own_are_answered(string kind, string reason)
    {
        var log = new LogLines<MetricsMerger>();
        var (page, type) = await ScrapeAsync(
            kind switch
            {
                "status" => http =>
                {
                    http.Response.StatusCode = 503;
                    return http.Response.WriteAsync("shop_orders 3\n");
                },
                "away" => http =>
                {
                    http.Response.Redirect("http://elsewhere.example/");
                    return Task.CompletedTask;
                },
                "html" => http =>
                {
                    http.Response.ContentType = "text/html";
                    return http.Response.WriteAsync("<html>");
                },
                "garbage" => http => http.Response.WriteAsync("<html>"),
                "endless" => async http =>
                {
                    while (!http.RequestAborted.IsCancellationRequested)
                    {
                        await http.Response.WriteAsync(string.Concat(Enumerable.Repeat("shop_orders 3\n", 4096)));
                    }
                },
                "announced" => http =>
                {
                    http.Response.ContentLength = MetricsMerger.LargestPage + 1;
                    return http.Response.Body.FlushAsync();
                },
                "silent" => http => Task.Delay(Timeout.Infinite, http.RequestAborted),
                "halfway" => async http =>
                {
                    await http.Response.WriteAsync("shop_orders 3\n");
                    await http.Response.Body.FlushAsync();
                    http.Abort();
                },
                _ => null,
            },
            timeout: kind == "silent" ? "0.5" : "60",
            log: log
        );
        Assert.Contains("own_total 1\n", page, StringComparison.Ordinal);
        Assert.Contains("istio_agent_scrape_failures_total{type=\"application\"} 1\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("shop_orders", page, StringComparison.Ordinal);
        Assert.Equal(MetricRegistry.ContentType, type);
        Assert.Contains(reason, Assert.Single(log.Written), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"port":8080}""", "8080 /metrics False")]
    [InlineData("""{"port":8443,"path":"stats?x=1","scheme":"https"}""", "8443 /stats?x=1 True")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("{", "is no JSON object")]
    [InlineData("{}", "port is missing")]
    [InlineData("""{"port":"http"}""", "port is \"http\"")]
    [InlineData("""{"port":70000}""", "port is 70000")]
    [InlineData("""{"port":1,"scheme":"ftp"}""", "scheme is 'ftp'")]
    public void Where_they_are_is_read_strictly(string text, string expected)
    {
        var target = ScrapeTarget.Parse(text, out var error);
        Assert.Contains(expected, target is null ? error : $"{target.Port} {target.Path} {target.Tls}", StringComparison.Ordinal);
    }

    private static async Task<(string Page, string? Type)> ScrapeAsync(
        Func<HttpContext, Task>? application,
        string accept = "text/plain",
        string timeout = "60",
        LogLines<MetricsMerger>? log = null
    )
    {
        await using var app = await ServeAsync(application ?? (_ => Task.CompletedTask));
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        if (application is null)
        {
            await app.StopAsync();
        }

        var registry = new MetricRegistry();
        registry.Counter("own_total", "Ours.").Inc();
        using var client = new ApplicationClient(IPAddress.Loopback, redirected: false);
        using var merger = new MetricsMerger(new(port, "/metrics", false), client, registry, log ?? new LogLines<MetricsMerger>());
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        context.Request.Headers.Accept = accept;
        context.Request.Headers["X-Prometheus-Scrape-Timeout-Seconds"] = timeout;
        await merger.AnswerAsync(context);
        return (System.Text.Encoding.UTF8.GetString(body.ToArray()), context.Response.ContentType);
    }

    private static async Task<WebApplication> ServeAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(http => answer(http));
        await app.StartAsync();
        return app;
    }
}
