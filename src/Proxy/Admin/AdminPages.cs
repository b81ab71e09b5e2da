using System.Net;
using System.Text;
using Mesh.Metrics;
using Mesh.Proxy.Admin.Merging;
using Mesh.Proxy.Admin.Probes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Admin;

/// <summary>Which port answers which path with what.</summary>
internal sealed class AdminPages
{
    private const string Html = "text/html; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";
    private const string Text = "text/plain; charset=utf-8";

    private readonly AdminSources _sources;
    private readonly Dictionary<AdminPort, Dictionary<string, Page>> _pages;
    private readonly DateTimeOffset _started;

    /// <param name="probes">Asks the application for the kubelet.</param>
    /// <param name="merger">Adds the application's metrics; null where it has none.</param>
    public AdminPages(AdminSources sources, ProbeRunner probes, MetricsMerger? merger)
    {
        _sources = sources;
        _started = sources.Time.GetUtcNow();
        var ready = new Page("GET", "whether this proxy takes traffic", ReadyAsync);
        var metrics = new Page("GET", "metrics as Prometheus text", MetricsAsync);
        _pages = new()
        {
            [AdminPort.Admin] = new(StringComparer.Ordinal)
            {
                ["/"] = new("GET", "this page", IndexAsync),
                ["/certs"] = new("GET", "this proxy's certificate and the roots it trusts", CertificatesAsync),
                ["/clusters"] = new("GET", "clusters, endpoints and their requests (?format=json)", ClustersAsync),
                ["/config_dump"] = new("GET", "all resources, accepted and refused (?type=CDS|EDS|LDS|RDS)", ConfigDumpAsync),
                ["/drain_listeners"] = new("POST", "finishes active requests, takes no new connections", DrainAsync),
                ["/listeners"] = new("GET", "listeners and their addresses (?format=json)", ListenersAsync),
                ["/logging"] = new("POST", "the log level, changed by ?level=debug", LoggingAsync),
                ["/quitquitquit"] = new("POST", "ends the process after draining", QuitAsync),
                ["/ready"] = ready,
                ["/server_info"] = new("GET", "version, node, state", ServerInfoAsync),
                ["/stats/prometheus"] = metrics,
            },
            [AdminPort.Ready] = new(StringComparer.Ordinal) { ["/healthz/ready"] = ready },
            [AdminPort.Metrics] = new(StringComparer.Ordinal) { ["/stats/prometheus"] = metrics },
            [AdminPort.Merged] = new(StringComparer.Ordinal)
            {
                ["/stats/prometheus"] = merger is null ? metrics : metrics with { Answer = merger.AnswerAsync },
                ["/healthz/ready"] = ready,
                ["/quitquitquit"] = new("POST", "ends the process after draining, for jobs of this pod", QuitFromPodAsync),
            },
        };
        foreach (var (path, probe) in sources.Options.AppProbers)
        {
            var page = new Page("GET", "asks the application", context => ProbeAsync(context, probes, probe));
            _pages[AdminPort.Ready][path] = page;
            _pages[AdminPort.Merged][path] = page;
        }
    }

    public Task AnswerAsync(AdminPort port, HttpContext context)
    {
        if (port == AdminPort.Admin && AdminGuard.Refusal(context.Request) is { } refusal)
        {
            return WriteAsync(context, Text, refusal + "\n", HttpStatusCode.Forbidden);
        }

        var pages = _pages[port];
        if (!pages.TryGetValue(context.Request.Path.Value ?? "", out var page))
        {
            var known = string.Join(' ', pages.Keys.Order(StringComparer.Ordinal));
            return WriteAsync(context, Text, $"There is no '{context.Request.Path}' here; there is: {known}\n", HttpStatusCode.NotFound);
        }

        var method = context.Request.Method;
        if (method != page.Method && !(page.Method == "GET" && method == "HEAD"))
        {
            context.Response.Headers.Allow = page.Method;
            return WriteAsync(context, Text, $"Use {page.Method} for '{context.Request.Path}'\n", HttpStatusCode.MethodNotAllowed);
        }

        return page.Answer(context);
    }

    private Task IndexAsync(HttpContext context)
    {
        var html = new StringBuilder("<!doctype html><title>mesh proxy</title><h1>mesh proxy</h1><table>\n");
        foreach (var (path, page) in _pages[AdminPort.Admin].OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            var name = page.Method == "GET" ? $"<a href=\"{path}\">{path}</a>" : $"{path} ({page.Method})";
            html.Append($"<tr><td>{name}</td><td>{WebUtility.HtmlEncode(page.Help)}</td></tr>\n");
        }

        return WriteAsync(context, Html, html.Append("</table>\n").ToString());
    }

    private Task ReadyAsync(HttpContext context)
    {
        var state = _sources.State;
        return WriteAsync(context, Text, state + "\n", state == "LIVE" ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
    }

    private static async Task ProbeAsync(HttpContext context, ProbeRunner probes, AppProbe probe)
    {
        var (status, reason) = await probes.AskAsync(probe, context.Request.Headers.UserAgent, context.RequestAborted);
        await WriteAsync(context, Text, reason, (HttpStatusCode)status);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricRegistry.ContentType;
        _sources.Metrics.WriteTo(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private Task ConfigDumpAsync(HttpContext context) =>
        WriteAsync(context, Json, ConfigDump.Write(_sources.Store.Current, _sources.Discovery(), context.Request.Query["type"]));

    private Task ClustersAsync(HttpContext context) =>
        IsJson(context)
            ? WriteAsync(context, Json, ClusterJson.Write(_sources.Store.Current, _sources.Time.GetElapsedTime(0)))
            : WriteAsync(context, Text, ClusterPage.Text(_sources.Store.Current, _sources.Time.GetElapsedTime(0)));

    private Task CertificatesAsync(HttpContext context) =>
        WriteAsync(context, Json, CertificatePage.Write(_sources.Identity.Current, _sources.Time.GetUtcNow()));

    private Task ListenersAsync(HttpContext context) =>
        IsJson(context)
            ? WriteAsync(context, Json, ListenerPage.Json(_sources.Store.Current))
            : WriteAsync(context, Text, ListenerPage.Text(_sources.Store.Current));

    private Task ServerInfoAsync(HttpContext context) =>
        WriteAsync(context, Json, ServerInfo.Write(_sources, _sources.Time.GetUtcNow() - _started));

    private Task LoggingAsync(HttpContext context)
    {
        string? asked = context.Request.Query["level"];
        if (asked is not null)
        {
            if (!Enum.TryParse<LogLevel>(asked, ignoreCase: true, out var level) || !Enum.IsDefined(level) || char.IsAsciiDigit(asked[0]))
            {
                return WriteAsync(context, Text, $"'{asked}' is no level; levels are: {Levels()}\n", HttpStatusCode.BadRequest);
            }

            _sources.LogLevel.Level = level;
        }

        return WriteAsync(context, Text, $"active level: {Name(_sources.LogLevel.Level)}\nlevels: {Levels()}\n");

        static string Name(LogLevel level) => level.ToString().ToLowerInvariant();
        static string Levels() => string.Join(' ', Enum.GetValues<LogLevel>().Select(Name));
    }

    private Task DrainAsync(HttpContext context)
    {
        _sources.Drain();
        return WriteAsync(context, Text, "OK\n");
    }

    private async Task QuitAsync(HttpContext context)
    {
        await WriteAsync(context, Text, "OK\n");
        // The answer has to be on its way before the process starts to end.
        await context.Response.CompleteAsync();
        _sources.Quit();
    }

    // The port is open to whoever reaches the pod; a job beside the proxy calls it at loopback, as it would Istio's.
    private Task QuitFromPodAsync(HttpContext context) =>
        !IsOwnPod(context.Connection.RemoteIpAddress)
            ? WriteAsync(context, Text, "Only this pod's own containers may, at 127.0.0.1\n", HttpStatusCode.Forbidden)
        : AdminGuard.Refusal(context.Request) is { } refusal ? WriteAsync(context, Text, refusal + "\n", HttpStatusCode.Forbidden)
        : QuitAsync(context);

    // Not all of 127.0.0.0/8: from 127.0.0.6 this proxy passes on what others sent. Nor MapToIPv4, which takes the end of any address of IPv6.
    internal static bool IsOwnPod(IPAddress? client) =>
        client is not null
        && (client.Equals(IPAddress.Loopback) || client.Equals(IPAddress.Loopback.MapToIPv6()) || client.Equals(IPAddress.IPv6Loopback));

    private static bool IsJson(HttpContext context) => context.Request.Query["format"] == "json";

    private static Task WriteAsync(HttpContext context, string type, string body, HttpStatusCode status = HttpStatusCode.OK) =>
        WriteAsync(context, type, Encoding.UTF8.GetBytes(body), status);

    private static async Task WriteAsync(HttpContext context, string type, byte[] body, HttpStatusCode status = HttpStatusCode.OK)
    {
        var response = context.Response;
        response.StatusCode = (int)status;
        response.ContentType = type;
        response.ContentLength = body.Length;
        // What it shows is true now and never again.
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (context.Request.Method != "HEAD")
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private sealed record Page(string Method, string Help, Func<HttpContext, Task> Answer);
}
