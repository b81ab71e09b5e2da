using System.Net;
using System.Net.Sockets;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Keys;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Status;
using Mesh.Grpc;
using Mesh.Grpc.Health;
using Mesh.Http2;
using Mesh.Listening;
using Mesh.Metrics;
using Mesh.Startup;
using Mesh.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Mesh.ControlPlane;

/// <summary>The composition of the control plane, the same in production and in tests: source → loop → generator → streams.</summary>
internal sealed class ControlPlaneHost : IAsyncDisposable
{
    // Streams end at once when the host stops; this bounds what else may linger.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    private readonly WebApplication app;
    private readonly CancellationToken stopping;
    private readonly IPEndPoint ads;
    private readonly IPEndPoint monitoring;
    private readonly IdentityPlane? identity;
    private readonly IPEndPoint? secureAds;
    private readonly TimeSpan drain;
    private readonly TimeProvider time;

    private ControlPlaneHost(WebApplication app, MeshStore store, ControlPlaneOptions options, TimeProvider time)
    {
        (this.app, this.time) = (app, time);
        drain = options.Kubernetes is { Webhook: not null } cluster ? cluster.DrainTime : TimeSpan.Zero;
        (ads, monitoring, secureAds) = (options.Ads, options.Monitoring, options.Identity?.SecureAds);
        identity = app.Services.GetService<IdentityPlane>();
        stopping = app.Lifetime.ApplicationStopping;
        Store = store;
    }

    /// <summary>What is published.</summary>
    public MeshStore Store { get; }

    /// <summary>Where xDS is served, once started; the port that the system chose where 0 was asked for.</summary>
    public IPEndPoint Ads => BoundTo(0);

    /// <summary>Where monitoring is served, once started.</summary>
    public IPEndPoint Monitoring => BoundTo(1);

    /// <summary>Where xDS and certificates are served over TLS, once started; only with <see cref="ControlPlaneOptions.Identity"/>.</summary>
    public IPEndPoint SecureAds => BoundTo(2);

    /// <summary>The authority; null without <see cref="ControlPlaneOptions.Identity"/>.</summary>
    public CertificateAuthority? Authority => identity?.Authority;

    /// <param name="logging">Adds to or replaces the log; null logs to standard error, one line an entry.</param>
    public static ControlPlaneHost Build(ControlPlaneOptions options, Action<ILoggingBuilder>? logging = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                ApplicationName = typeof(ControlPlaneHost).Assembly.GetName().Name,
                Args = HostArguments.WithoutWatching,
            }
        );
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        (logging ?? LogToStandardError)(builder.Logging);

        var registry = new MetricRegistry();
        var ports = new PortLimits(registry, time);
        builder.Services.AddSingleton(ports);
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => ports.Factory(services.GetRequiredService<ILoggerFactory>()));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // A proxy has one stream of discovery and now and then a call for its certificate.
            new GrpcKestrelLimits { MaxStreamsPerConnection = 100 }.Apply(kestrel);
            kestrel.Listen(
                options.Ads,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http2;
                    listen.Use(ports.Streams("ads"));
                    listen.Use(kestrel.ApplicationServices.GetRequiredService<Http2FloodGuard>().Guard);
                }
            );
            kestrel.Listen(
                options.Monitoring,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(ports.Requests("monitoring"));
                }
            );
            kestrel.ApplicationServices.GetService<IdentityPlane>()?.Listen(kestrel);
            kestrel.ApplicationServices.GetService<ClusterPlane>()?.Listen(kestrel);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        var floods = registry.Counter("mesh_xds_http2_floods_total", "Connections cut because of HTTP/2 frames that only cost.");
        builder.Services.AddSingleton(new Http2FloodGuard(Http2FloodLimits.Default, time, _ => floods.Inc()));
        var store = new MeshStore();
        var resources = new ResourceStore();
        var publisher = new ResourcePublisher(resources);
        var generator = new ResourceGenerator();
        var loopMetrics = new MeshLoopMetrics(registry);
        var status = new SyncStatusStore(time);
        if (options.Kubernetes is { } kubernetes)
        {
            builder.Services.AddSingleton(services => new ClusterPlane(
                kubernetes,
                options.Settings,
                time,
                services.GetRequiredService<ILoggerFactory>()
            ));
        }

        var keys = new KeySetStore();
        builder.Services.AddSingleton(services => new KeySetWatcher(
            options.Keys,
            keys,
            new KeySetMetrics(registry),
            time,
            services.GetRequiredService<ILogger<KeySetWatcher>>()
        ));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredService<KeySetWatcher>());
        builder.Services.AddSingleton<IHostedService>(services => new MeshLoop(
            new KeyedSource(SourceOf(options, services), keys),
            options.Settings,
            state =>
            {
                Publish(state, store, publisher, generator, services.GetService<ClusterPlane>()?.Ledger);
                services.GetRequiredService<KeySetWatcher>().Follow(state.Snapshot.Tokens.Sources());
            },
            loopMetrics,
            time,
            services.GetRequiredService<ILogger<MeshLoop>>()
        ));
        if (options.ConfigDirectory is { } directory)
        {
            builder.Services.AddSingleton(services => new FileSource(directory, time, services.GetRequiredService<ILogger<FileSource>>()));
        }

        if (options.Identity is { } identityOptions)
        {
            builder.Services.AddSingleton(services => new IdentityPlane(
                identityOptions,
                options.Settings,
                services.GetService<IAuthorityStore>(),
                [.. services.GetServices<TokenReader>()],
                registry,
                time,
                services.GetRequiredService<ILoggerFactory>()
            ));
            builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredService<IdentityPlane>());
        }

        if (options.Kubernetes is not null)
        {
            AddCluster(builder.Services, options.Settings, store, status);
        }

        var app = builder.Build();
        var identity = app.Services.GetService<IdentityPlane>();
        if (identity is not null)
        {
            identity.Authority.BundleChanged += () => publisher.Trust(identity.Authority.Bundle);
        }

        var discovery = new DiscoveryService(
            resources,
            status,
            new DeliveryMetrics(registry),
            new DiscoveryOptions(),
            time,
            app.Services.GetRequiredService<ILogger<DiscoveryService>>(),
            identity?.Admission()
        );
        var health = new HealthService();
        health.Set(XdsMethods.AggregatedDiscoveryService, HealthCheckResponse.Types.ServingStatus.Serving);
        app.Lifetime.ApplicationStopping.Register(health.Shutdown);

        // One server, two addresses with one protocol each, which tells them apart: what one serves, the other does not.
        app.Services.GetService<ClusterPlane>()?.Map(app, store, options.Settings, registry);
        var monitoring = new MonitoringEndpoints(store, status, registry, identity?.Authority, app.Lifetime.ApplicationStopping);
        app.MapWhen(
            http => HttpProtocol.IsHttp2(http.Request.Protocol),
            branch =>
                branch
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        discovery.Map(endpoints);
                        identity?.Map(endpoints);
                        health.Map(endpoints);
                        endpoints.MapGrpcUnimplemented();
                    })
        );
        app.MapWhen(
            http => !HttpProtocol.IsHttp2(http.Request.Protocol),
            branch => branch.Use(MonitoringEndpoints.Limit).UseRouting().UseEndpoints(monitoring.Map)
        );
        return new(app, store, options, time);
    }

    /// <exception cref="IdentityException">The authority or the join tokens cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (identity is not null)
        {
            await identity.OpenAsync(cancellationToken);
        }

        await app.StartAsync(cancellationToken);
    }

    /// <summary>Runs until SIGTERM or SIGINT, and with a webhook a little longer; gives the exit code.</summary>
    public async Task<int> RunAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (IdentityException e)
        {
            app.Logger.LogCritical("Cannot start: {Reason}", e.Message);
            return 1;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Such as a port that somebody else has. The server does not always say which address it was.
            app.Logger.LogCritical(
                "Cannot start: --ads {Ads}, --monitoring {Monitoring} or --secure-ads {SecureAds} cannot be listened on: {Reason}",
                ads,
                monitoring,
                secureAds?.ToString() ?? "(not served)",
                e.Message
            );
            return 1;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (drain > TimeSpan.Zero)
        {
            // Stopped at once, it would leave objects unchecked, or refused, that API servers still send here.
            app.Logger.LogInformation("Stopping; reviews are answered for another {Seconds} s", drain.TotalSeconds);
            await Task.Delay(drain, time);
        }

        await app.StopAsync();
        return 0;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => app.StopAsync(cancellationToken);

    /// <summary>Stops it, where that has not happened yet, and lets go of everything it is made of.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!stopping.IsCancellationRequested)
        {
            await app.StopAsync();
        }

        await app.DisposeAsync();
    }

    // Files come first: they are how somebody at the machine overrides the cluster.
    private static IObjectSource SourceOf(ControlPlaneOptions options, IServiceProvider services)
    {
        var files = options.ConfigDirectory is null ? null : services.GetRequiredService<FileSource>();
        var cluster = services.GetService<ClusterPlane>()?.Source;
        return files is null ? cluster!
            : cluster is null ? files
            : new CombinedSource([files, cluster]);
    }

    private static void AddCluster(IServiceCollection services, MeshSettings settings, MeshStore store, SyncStatusStore status)
    {
        services.AddSingleton<IAuthorityStore>(provider => new SecretAuthorityStore(
            provider.GetRequiredService<ClusterPlane>().Client,
            settings.RootNamespace
        ));
        services.AddSingleton<TokenReader>(provider =>
            new TokenReviewer(provider.GetRequiredService<ClusterPlane>().Client, settings.TrustDomain).ReadAsync
        );
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ClusterPlane>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ClusterPlane>().Source);
        services.AddSingleton<IHostedService>(provider => new HostedGroup(
            provider
                .GetRequiredService<ClusterPlane>()
                .Writers(
                    store,
                    status,
                    () => provider.GetService<IdentityPlane>() is { Authority: { IsOpen: true } authority } ? authority.Bundle.Pem : null
                )
        ));
    }

    private static void Publish(
        MeshState state,
        MeshStore store,
        ResourcePublisher resources,
        ResourceGenerator generator,
        ConfigurationLedger? ledger
    )
    {
        // Where only diagnostics changed, proxies have nothing to hear.
        if (store.Current is not { } before || !ReferenceEquals(before.Snapshot, state.Snapshot))
        {
            resources.Publish(generator.Generate(state.Snapshot, state.ChangedAt));
        }

        ledger?.Published(state, resources.Version);
        // Last: who asks /ready must find the resources.
        store.Publish(state);
    }

    private static void LogToStandardError(ILoggingBuilder logging) =>
        logging
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.UseUtcTimestamp = true;
            })
            .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    private IPEndPoint BoundTo(int listener)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var address = new Uri(addresses.ElementAt(listener));
        return new(IPAddress.Parse(address.Host.Trim('[', ']')), address.Port);
    }
}
