using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using Mesh.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Admin.Merging;

/// <summary>
/// Answers a scrape with the proxy's and the application's metrics together. Whatever the application does, the proxy's are answered, within the
/// time that Prometheus waits.
/// </summary>
internal sealed class MetricsMerger : IDisposable
{
    /// <summary>Bytes of the application's page; a larger one counts as failed.</summary>
    public const int LargestPage = 16 * 1024 * 1024;

    // The port is open to whoever reaches the pod: more scrapes than these wait for one another.
    private const int Together = 2;
    private const int MostRedirects = 5;

    // Prometheus' own default is 10 s, of which some is left for our part of the page.
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(60);

    private readonly ScrapeTarget _target;
    private readonly ApplicationClient _application;
    private readonly MetricRegistry _metrics;
    private readonly ILogger _logger;
    private readonly Counter _scrapes;
    private readonly Counter _failures;
    private readonly SemaphoreSlim _places = new(Together);
    private volatile string? _problem;

    /// <param name="metrics">The proxy's; how often the application's could not be had is counted there, under the names of Istio's agent.</param>
    public MetricsMerger(ScrapeTarget target, ApplicationClient application, MetricRegistry metrics, ILogger logger)
    {
        (_target, _application, _metrics, _logger) = (target, application, metrics, logger);
        _scrapes = metrics.Counter("istio_agent_scrapes_total", "Scrapes of the proxy's and the application's metrics together.");
        _failures = metrics
            .Counters("istio_agent_scrape_failures_total", "Scrapes that one of the two was missing from, by which.", "type")
            .Get(new("application"));
    }

    public async Task AnswerAsync(HttpContext context)
    {
        _scrapes.Inc();
        var (page, problem) = await ScrapeAsync(context.Request, context.RequestAborted);
        List<ReadOnlyMemory<byte>> pieces = [];
        if (page is not null)
        {
            (pieces, problem) = MergedPage.Of(Own().Span, page);
        }

        Report(problem);
        if (problem is not null)
        {
            _failures.Inc();
            // Written again: now with the failure counted.
            (page, pieces) = (null, [Own()]);
        }

        var response = context.Response;
        response.ContentType = page?.OpenMetrics is { } version
            ? $"application/openmetrics-text; version={version}; charset=utf-8"
            : MetricRegistry.ContentType;
        foreach (var piece in pieces)
        {
            await response.Body.WriteAsync(piece, context.RequestAborted);
        }
    }

    public void Dispose() => _places.Dispose();

    private ReadOnlyMemory<byte> Own()
    {
        var own = new ArrayBufferWriter<byte>();
        _metrics.WriteTo(own);
        return own.WrittenMemory;
    }

    // Once for each new problem: scrapes come every few seconds.
    private void Report(string? problem)
    {
        if (problem is not null && problem != _problem)
        {
            _logger.LogWarning(
                "The application's metrics at port {Port}{Path} are missing: {Problem}",
                _target.Port,
                _target.Path,
                problem
            );
        }
        else if (problem is null && _problem is not null)
        {
            _logger.LogInformation("The application's metrics are there again");
        }

        _problem = problem;
    }

    private async Task<(ScrapedPage? Page, string? Problem)> ScrapeAsync(HttpRequest request, CancellationToken cancellation)
    {
        var timeout = TimeoutOf(request);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        var taken = false;
        try
        {
            await _places.WaitAsync(limit.Token);
            taken = true;
            return await GetAsync(request, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no answer within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException)
        {
            return (null, e.Message);
        }
        finally
        {
            if (taken)
            {
                _places.Release();
            }
        }
    }

    private async Task<(ScrapedPage? Page, string? Problem)> GetAsync(HttpRequest asked, CancellationToken cancellation)
    {
        var target = new Uri($"{(_target.Tls ? "https" : "http")}://{_application.Host}:{_target.Port}{_target.Path}");
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.TryAddWithoutValidation("Accept", Accept(asked));
            request.Headers.TryAddWithoutValidation("User-Agent", asked.Headers.UserAgent.ToString());
            using var response = await _application.Http.SendAsync(request, cancellation);
            if ((int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is { } location && redirects < MostRedirects)
            {
                var next = new Uri(target, location);
                if (next.Host == target.Host)
                {
                    target = next;
                    continue;
                }
            }

            if (!response.IsSuccessStatusCode)
            {
                return (null, $"it answers {(int)response.StatusCode}");
            }

            // Prometheus itself takes what it cannot name for text.
            var type = response.Content.Headers.ContentType;
            if (type?.MediaType is { } name && name is not ("text/plain" or "application/openmetrics-text"))
            {
                return (null, $"it answers {name} instead of text/plain or application/openmetrics-text");
            }

            var body = await BodyAsync(response.Content, cancellation);
            return body is null
                ? (null, $"it is larger than {LargestPage >> 20} MiB")
                : (new(body.Value, type?.MediaType == "application/openmetrics-text" ? VersionOf(type) : null), null);
        }
    }

    private static string VersionOf(MediaTypeHeaderValue type) =>
        type.Parameters.FirstOrDefault(parameter => parameter.Name == "version")?.Value is "1.0.0" or "\"1.0.0\"" ? "1.0.0" : "0.0.1";

    // Of the formats that Prometheus asks for, those that can be merged.
    private static string Accept(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase)
            ? "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
            : "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private static TimeSpan TimeoutOf(HttpRequest request)
    {
        const double Share = 0.8;
        return
            double.TryParse(request.Headers["X-Prometheus-Scrape-Timeout-Seconds"], CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and < 1e6
            ? TimeSpan.FromSeconds(Math.Min(seconds * Share, LongestTimeout.TotalSeconds))
            : UsualTimeout;
    }

    private static async Task<ReadOnlyMemory<byte>?> BodyAsync(HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > LargestPage)
        {
            return null;
        }

        const int First = 64 * 1024;
        var buffer = new ArrayBufferWriter<byte>(First);
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        while (await stream.ReadAsync(buffer.GetMemory(First / 4), cancellation) is > 0 and var read)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > LargestPage)
            {
                return null;
            }
        }

        return buffer.WrittenMemory;
    }
}
