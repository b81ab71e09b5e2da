using System.Net;
using Mesh.Listening;
using Mesh.Proxy.Admin.Merging;
using Mesh.Proxy.Admin.Probes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Admin;

/// <summary>One small HTTP/1 server on all ports that are not for traffic: admin, readiness, metrics, merged.</summary>
internal sealed class AdminServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly AdminPages _pages;
    private readonly ApplicationClient _application;
    private readonly MetricsMerger? _merger;
    private readonly ILogger _logger;
    private readonly Dictionary<AdminPort, ListenOptions> _listening = [];

    public AdminServer(AdminSources sources, ILoggerFactory loggers)
    {
        _application = new ApplicationClient(sources.Options);
        _merger = sources.Options.AppMetrics is { } target
            ? new MetricsMerger(target, _application, sources.Metrics, loggers.CreateLogger<MetricsMerger>())
            : null;
        _pages = new AdminPages(sources, new ProbeRunner(_application), _merger);
        _logger = loggers.CreateLogger<AdminServer>();
        var kestrel = new KestrelServerOptions();
        AdminLimits.Apply(kestrel);
        var replaced = sources.Metrics.Counters(
            "mesh_admin_connections_replaced_total",
            "Connections closed because a newer one needed their place on the port.",
            "port"
        );
        Listen(AdminPort.Admin, sources.Options.Admin);
        Listen(AdminPort.Ready, sources.Options.Ready);
        Listen(AdminPort.Metrics, sources.Options.Metrics);
        Listen(AdminPort.Merged, sources.Options.Merged);
        var accepting = new RareReport(sources.Time);
        sources.Metrics.Counter(
            "mesh_admin_accept_failures_total",
            "Times that accepting clients of the admin, readiness and metrics ports failed, mostly for want of descriptors.",
            () => accepting.Count
        );
        _server = new KestrelServer(Options.Create(kestrel), new PatientListenerFactory(accepting, sources.Time, loggers), loggers);

        void Listen(AdminPort port, IPEndPoint address) =>
            kestrel.Listen(
                address,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(new ConnectionLimit(AdminLimits.Connections, replacesOldest: true, replaced.Get(new(Name(port))).Inc).Guard);
                    listen.Use(next =>
                        connection =>
                        {
                            connection.Items[typeof(AdminPort)] = port;
                            return next(connection);
                        }
                    );
                    _listening[port] = listen;
                }
            );
    }

    private static string Name(AdminPort port) => port.ToString().ToLowerInvariant();

    /// <summary>Where a port really is, once started; differs from the options where they said port 0.</summary>
    public IPEndPoint AddressOf(AdminPort port) => _listening[port].IPEndPoint!;

    /// <exception cref="IOException">An address cannot be bound.</exception>
    public Task StartAsync(CancellationToken cancellation = default) => _server.StartAsync(this, cancellation);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        _server.Dispose();
        _merger?.Dispose();
        _application.Dispose();
    }

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
        try
        {
            await _pages.AnswerAsync((AdminPort)items[typeof(AdminPort)]!, context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            _logger.LogDebug("The client of {Path} left: {Reason}", context.Request.Path, e.Message);
        }
    }

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception) { }
}
