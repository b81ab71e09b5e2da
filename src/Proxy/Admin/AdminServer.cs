using System.Net;
using Mesh.Proxy.Admin.Probes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Admin;

/// <summary>One small HTTP/1 server on all ports that are not for traffic: admin, readiness, metrics, merged.</summary>
internal sealed class AdminServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly AdminPages _pages;
    private readonly ProbeRunner _probes;
    private readonly ILogger _logger;
    private readonly Dictionary<AdminPort, ListenOptions> _listening = [];

    public AdminServer(AdminSources sources, ILoggerFactory loggers)
    {
        _probes = new ProbeRunner(sources.Options);
        _pages = new AdminPages(sources, _probes);
        _logger = loggers.CreateLogger<AdminServer>();
        var kestrel = new KestrelServerOptions();
        AdminLimits.Apply(kestrel);
        Listen(AdminPort.Admin, sources.Options.Admin);
        Listen(AdminPort.Ready, sources.Options.Ready);
        Listen(AdminPort.Metrics, sources.Options.Metrics);
        Listen(AdminPort.Merged, sources.Options.Merged);
        _server = new KestrelServer(
            Options.Create(kestrel),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers),
            loggers
        );

        void Listen(AdminPort port, IPEndPoint address) =>
            kestrel.Listen(
                address,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
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

    /// <summary>Where a port really is, once started; differs from the options where they said port 0.</summary>
    public IPEndPoint AddressOf(AdminPort port) => _listening[port].IPEndPoint!;

    /// <exception cref="IOException">An address cannot be bound.</exception>
    public Task StartAsync(CancellationToken cancellation = default) => _server.StartAsync(this, cancellation);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        _server.Dispose();
        _probes.Dispose();
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
