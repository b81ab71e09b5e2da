using System.Net;
using Mesh.Http2;
using Mesh.Listening;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.ExternalAuthorization;
using Mesh.Proxy.Http;
using Mesh.Proxy.Http.Mirrors;
using Mesh.Proxy.Http.ToHttp1;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Connections;

/// <summary>Everything that carries traffic, as one thing to start, drain and stop. It follows the store by itself.</summary>
internal sealed partial class TrafficServer : IAsyncDisposable
{
    // How late a TCP connection whose time is over may be cut.
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);

    private readonly ConfigStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<TrafficServer> _logger;
    private readonly AccessLog? _log;
    private readonly ServiceProvider _yarp;
    private readonly SocketConnectionContextFactory _transport;
    private readonly TrafficSide _inbound;
    private readonly TrafficSide _outbound;
    private readonly EndpointRegistry _endpoints = new();
    private readonly OutlierMonitor _outliers;
    private readonly UpstreamPools _pools;
    private readonly MirrorSender _mirrors;
    private readonly ExternalAuthorizer _authorizer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _following = Task.CompletedTask;
    private Task _sweeping = Task.CompletedTask;
    private Task? _drained;
    private ProxyConfig? _followed;
    private TaskCompletionSource _follow = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="IOException">The access log cannot be opened.</exception>
    public TrafficServer(ProxyOptions options, ConfigStore store, MetricRegistry metrics, ILoggerFactory loggers, TimeProvider time)
    {
        _store = store;
        _time = time;
        _logger = loggers.CreateLogger<TrafficServer>();
        _log = AccessLog.Open(options, time, metrics, loggers);
        var requestMetrics = new RequestMetrics(metrics, time);
        var sink = new RecordSink(_log, requestMetrics)
        {
            AccessMetrics = new AccessMetrics(metrics),
            AccessDecisions = new AccessDecisionLog(time, loggers.CreateLogger<AccessDecisionLog>()),
        };
        var resolver = new EndpointResolver(options);
        _outliers = new OutlierMonitor(metrics, time, loggers.CreateLogger<OutlierMonitor>());
        _pools = new UpstreamPools(UpstreamDialer.DialAsync, time);
        _yarp = CreateForwarder();
        _mirrors = new MirrorSender(resolver, metrics);
        _authorizer = new ExternalAuthorizer(resolver, metrics, time);
        var application = new TrafficApplication(
            store,
            resolver,
            _yarp.GetRequiredService<IHttpForwarder>(),
            new Http1Sender(_pools, options.Limits.Http1, time),
            sink,
            time,
            options.RetryBodyLimit,
            options.Limits,
            _mirrors
        )
        {
            Authorizer = _authorizer,
        };
        _transport = new SocketConnectionContextFactory(TrafficDefaults.Sockets(), loggers.CreateLogger<SocketConnectionContextFactory>());
        var gate = new PeerGate(new PeerMetrics(metrics, time), time, loggers.CreateLogger<PeerGate>());
        var places = new ClientPlaces(options.Limits.MaxConnections, DescriptorLimit.OfProcess, time, loggers.CreateLogger<ClientPlaces>());
        var accepting = new AcceptContext(new RareReport(time), time, loggers.CreateLogger<Acceptor>());
        var clientMetrics = new ClientMetrics(metrics, places, accepting.Failures);
        _inbound = Side(inbound: true);
        _outbound = Side(inbound: false);

        TrafficSide Side(bool inbound)
        {
            var codec = new HttpCodec(
                application,
                new Http1Services(store, resolver, _pools, sink, time, loggers, options.Limits)
                {
                    RetryBodyLimit = options.RetryBodyLimit,
                    Mirrors = _mirrors,
                    Authorizer = _authorizer,
                },
                new Http2FloodGuard(options.Limits.Floods, time, clientMetrics.Flooded)
                {
                    Leftovers =
                        options.Limits.StreamIdleTimeout > TimeSpan.Zero
                            ? () => new(options.Limits.StreamIdleTimeout, time, () => clientMetrics.Refused(ClientMetrics.SlowReader))
                            : null,
                },
                clientMetrics,
                sink,
                loggers
            );
            var tcp = new TcpProxy(resolver, new ConnectionAuthorizer(_authorizer), sink, requestMetrics, time);
            var dispatcher = new ConnectionDispatcher(
                inbound,
                options,
                store,
                _transport,
                codec,
                tcp,
                gate,
                places,
                loggers.CreateLogger<ConnectionDispatcher>()
            );
            return new TrafficSide(inbound, options, dispatcher, codec, tcp, accepting, loggers.CreateLogger<TrafficSide>());
        }
    }

    /// <summary>Where outbound traffic arrives, once started.</summary>
    public IPEndPoint? OutboundEndPoint => _outbound.CaptureEndPoint;

    /// <exception cref="IOException">A capture port cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        await _inbound.StartAsync(cancellation);
        await _outbound.StartAsync(cancellation);
        _following = FollowAsync();
        _sweeping = SweepAsync();
    }

    /// <summary>Completes once the sockets are those of <paramref name="config"/> or of a later configuration that replaced it.</summary>
    public async Task FollowedAsync(ProxyConfig config)
    {
        while (true)
        {
            var next = Volatile.Read(ref _follow).Task;
            if (ReferenceEquals(Volatile.Read(ref _followed), config) || !ReferenceEquals(_store.Current, config))
            {
                return;
            }

            await next;
        }
    }

    /// <summary>
    /// Ends the work: inbound first (no new connections, <c>Connection: close</c>, GOAWAY), then outbound, which the application needs
    /// until its last request is answered. What is active when the time is up is cut. A second call waits for the first.
    /// </summary>
    public Task DrainAsync(TimeSpan limit)
    {
        lock (_gate)
        {
            return _drained ??= DrainBothAsync(limit);
        }
    }

    /// <summary>Cuts what is left and releases everything.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await DrainAsync(TimeSpan.Zero);
        await _following;
        await _sweeping;
        await _inbound.DisposeAsync();
        await _outbound.DisposeAsync();
        _outliers.Dispose();
        _endpoints.Follow([]);
        _mirrors.Dispose();
        _authorizer.Dispose();
        _pools.Dispose();
        if (_log is not null)
        {
            await _log.DisposeAsync();
        }

        _transport.Dispose();
        await _yarp.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task DrainBothAsync(TimeSpan limit)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (limit > TimeSpan.Zero)
        {
            cut.CancelAfter(limit);
        }
        else
        {
            await cut.CancelAsync();
        }

        await _inbound.DrainAsync(cut.Token);
        await _outbound.DrainAsync(cut.Token);
    }

    private async Task FollowAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var changed = _store.Changed;
            if (_store.Current is { } config && !ReferenceEquals(config, _followed))
            {
                try
                {
                    await _inbound.FollowAsync(config);
                    await _outbound.FollowAsync(config);
                    _endpoints.Follow(config.Clusters.Values);
                    _outliers.Follow(config.Clusters.Values);
                }
                catch (Exception error)
                {
                    // A bug with one configuration must not keep the sockets from following the next.
                    FollowFailed(config.Version, error);
                }

                Volatile.Write(ref _followed, config);
                Interlocked.Exchange(ref _follow, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            await changed.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SweepAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(Sweep, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _inbound.CloseExpired(_store.Current);
            _outbound.CloseExpired(_store.Current);
        }
    }

    [LoggerMessage(LogLevel.Error, "The sockets do not follow configuration {Version}")]
    private partial void FollowFailed(string version, Exception error);

    // YARP offers its forwarder through a container only. It logs each failed request as a warning; our access log does that better.
    private static ServiceProvider CreateForwarder() =>
        new ServiceCollection()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddHttpForwarder()
            .BuildServiceProvider();
}
