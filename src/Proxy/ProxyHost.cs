using System.Net;
using System.Net.Sockets;
using Mesh.Listening;
using Mesh.Metrics;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Lifecycle;
using Mesh.Proxy.Security;
using Mesh.Proxy.Telemetry;
using Mesh.Xds;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>The whole sidecar, put together top to bottom; the program and the tests build it in the same way.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    private readonly ProxyOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DnsResolver _dns;
    private readonly ConfigPublisher _publisher;
    private readonly AdsClient _ads;
    private readonly CertificateClient? _certificates;
    private readonly CertificateRenewer? _renewer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loops = Task.CompletedTask;
    private volatile bool _draining;
    private bool _disposed;

    private ProxyHost(ProxyOptions options, LogLevelSwitch logLevel, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _loggers = loggers;
        _time = time;
        _logger = loggers.CreateLogger<ProxyHost>();

        // Received resources become the configuration that requests read.
        Store = new ConfigStore();
        var file = options.Cache is null ? null : new LastGoodFile(options.Cache, options.Node.Id, loggers.CreateLogger<LastGoodFile>());
        _dns = new DnsResolver(Dns.GetHostAddressesAsync, time, loggers.CreateLogger<DnsResolver>());
        _publisher = new ConfigPublisher(
            Store,
            CompileContext.Of(options) with
            {
                Identity = options.Identity is null ? null : Identity,
                Time = time,
            },
            _dns,
            file,
            time,
            loggers.CreateLogger<ConfigPublisher>()
        );
        Metrics = new MetricRegistry();
        var controlPlane = new UriBuilder(
            options.Identity is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps,
            options.Ads.Host,
            options.Ads.Port
        ).Uri;
        ControlPlaneTls? tls = null;
        if (options.Identity is { } identity)
        {
            tls = new ControlPlaneTls(identity, Identity, time);
            _certificates = new CertificateClient(controlPlane, tls, identity, time);
            _renewer = new CertificateRenewer(
                _certificates.FetchAsync,
                Identity,
                new CertificateStatus(Metrics, Identity, time),
                time,
                Random.Shared,
                loggers.CreateLogger<CertificateRenewer>()
            );
        }

        _ads = new AdsClient(
            controlPlane,
            new AdsSession(NodeDescription.Of(options), file?.Load() ?? XdsSet.Empty, roots: tls is not null),
            _publisher,
            time,
            loggers.CreateLogger<AdsClient>(),
            Random.Shared,
            tls is null ? null : tls.Current,
            _renewer is null ? null : _renewer.Trust
        );

        // Requests are served from it.
        Traffic = new TrafficServer(options, Store, Metrics, loggers, time);

        // Operators look at both.
        Admin = new AdminServer(
            new AdminSources
            {
                Options = options,
                Store = Store,
                Metrics = Metrics,
                LogLevel = logLevel,
                Time = time,
                Discovery = () => _ads.Status,
                Identity = Identity,
                Draining = () => _draining,
                Drain = () => _ = DrainAsync(),
                Quit = () => RequestStop(),
            },
            loggers
        );
        ProcessMetrics.Register(Metrics);
        RegisterMetrics();
    }

    public ConfigStore Store { get; }

    /// <summary>Who this proxy is to its peers.</summary>
    public IdentityStore Identity { get; } = new();

    public MetricRegistry Metrics { get; }

    public TrafficServer Traffic { get; }

    public AdminServer Admin { get; }

    /// <summary>Puts everything together; nothing runs and nothing listens yet.</summary>
    /// <param name="loggers">Null for lines on standard error.</param>
    public static ProxyHost Build(ProxyOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var level = new LogLevelSwitch(options.LogLevel);
        return new ProxyHost(options, level, loggers ?? level.CreateLoggers(), time ?? TimeProvider.System);
    }

    /// <summary>Asks <see cref="RunAsync"/> to end; false where it was asked before.</summary>
    public bool RequestStop() => _stopRequested.TrySetResult();

    /// <summary>Starts, serves until a stop is requested, drains and stops; gives the exit code.</summary>
    public async Task<int> RunAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (IOException e)
        {
            // Such as a port that somebody else has: the message names it.
            _logger.LogCritical("Cannot start: {Reason}", e.Message);
            return 1;
        }

        await _stopRequested.Task;
        _logger.LogInformation("Stopping; active requests have up to {Seconds} s", _options.DrainTime.TotalSeconds);
        await DrainAsync();
        return 0;
    }

    /// <exception cref="IOException">An address cannot be bound.</exception>
    public async Task StartAsync()
    {
        await Admin.StartAsync();
        try
        {
            await Traffic.StartAsync();
        }
        // The transport's own exceptions do not say which address it was.
        catch (Exception e) when (e is SocketException or AddressInUseException)
        {
            var inbound = _options.Capture != CaptureMode.None ? $" or --inbound {_options.Inbound}" : "";
            throw new IOException($"--outbound {_options.Outbound}{inbound}: {e.Message}", e);
        }

        _loops = Task.WhenAll(_dns.RunAsync(_stopping.Token), _publisher.RunAsync(_stopping.Token), FollowAsync(_stopping.Token));
        if (_options.ExitWithApplication)
        {
            _loops = Task.WhenAll(_loops, EndWithApplicationAsync());
        }

        _logger.LogInformation(
            "Node {Node}, version {Version}: outbound {Outbound}, admin {Admin}; at most {MaxConnections} connections of clients and {OpenFiles} open files",
            _options.Node.Id,
            NodeDescription.Version,
            Traffic.OutboundEndPoint,
            Admin.AddressOf(AdminPort.Admin),
            _options.Limits.MaxConnections,
            DescriptorLimit.OfProcess.Most
        );
        if (_options.Capture == CaptureMode.None && !CompileContext.Of(_options).StandsInFront)
        {
            _logger.LogWarning(
                "The application is taken to be at the node's own address {Address}, so inbound traffic does not pass this proxy; give --app another address to change that",
                _options.Node.Address
            );
        }
    }

    /// <summary>Becomes unready, takes no new connections and lets active requests finish. The configuration follows on until the end.</summary>
    public Task DrainAsync()
    {
        _draining = true;
        return Traffic.DrainAsync(_options.DrainTime);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        await _loops;
        await Traffic.DisposeAsync();
        await Admin.DisposeAsync();
        _certificates?.Dispose();
        _publisher.Dispose();
        _stopping.Dispose();
        _loggers.Dispose();
    }

    /// <summary>Certificate before configuration, and so before traffic: nothing is served as nobody.</summary>
    private async Task FollowAsync(CancellationToken stopping)
    {
        if (_renewer is null)
        {
            await _ads.RunAsync(stopping);
            return;
        }

        var renewing = _renewer.RunAsync(stopping);
        try
        {
            await Identity.Available.WaitAsync(stopping);
            await _ads.RunAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }

        await renewing;
    }

    private async Task EndWithApplicationAsync()
    {
        if (await new ApplicationWatch("/proc", _time, _loggers.CreateLogger<ApplicationWatch>()).RunAsync(_stopping.Token))
        {
            RequestStop();
        }
    }

    private void RegisterMetrics()
    {
        RetryMetrics.Register(Metrics, Store);
        PoolMetrics.Register(Metrics, Store);
        Metrics.Gauge(
            "envoy_control_plane_connected_state",
            "1 while the stream to the control plane has answered.",
            () => _ads.Status.Connected ? 1 : 0
        );
        Metrics.Gauge("envoy_server_live", "1 while the proxy takes traffic.", () => Store.Current is not null && !_draining ? 1 : 0);
        Metrics.Gauge("mesh_proxy_rejected_resources", "Resources refused and not replaced since.", () => _ads.Status.Rejected.Length);
        Metrics.Gauge(
            "mesh_proxy_missing_references",
            "References of the configuration in force that nothing answers.",
            () => Store.Current?.Missing.Length ?? 0
        );
        foreach (var type in TypeUrls.PushOrder.Where(t => t != TypeUrls.Secret))
        {
            var name = TypeUrls.ShortName(type);
            Metrics.Gauge(
                $"mesh_proxy_{name.ToLowerInvariant()}_resources",
                $"{name} resources accepted.",
                () => _ads.Status.Accepted.Of(type).Count
            );
        }
    }
}
