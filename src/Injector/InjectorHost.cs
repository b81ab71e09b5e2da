using System.Net;
using System.Net.Sockets;
using Mesh.Injector.Admission;
using Mesh.Injector.Cluster;
using Mesh.Kubernetes.Access;
using Mesh.Kubernetes.Webhooks;
using Mesh.Listening;
using Mesh.Metrics;
using Mesh.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Mesh.Injector;

/// <summary>The composition of the injector, the same in production and in tests: settings and cluster → decision → answer.</summary>
internal sealed class InjectorHost : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CertificateLook = TimeSpan.FromMilliseconds(100);

    private readonly WebApplication _app;
    private readonly InjectorOptions _options;
    private readonly SettingsFile _settings;
    private readonly CertificateFiles? _files;
    private readonly ServingCertificate _certificate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly MetricRegistry _registry = new();
    private readonly TimeProvider _time;
    private ClusterConnection? _cluster;
    private Task _loops = Task.CompletedTask;
    private volatile bool _warm;
    private volatile bool _ending;

    private InjectorHost(InjectorOptions options, Action<ILoggingBuilder>? logging, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                ApplicationName = typeof(InjectorHost).Assembly.GetName().Name,
                Args = HostArguments.WithoutWatching,
            }
        );
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        (logging ?? LogToStandardError)(builder.Logging);
        var ports = new PortLimits(_registry, time);
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => ports.Factory(services.GetRequiredService<ILoggerFactory>()));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            PortLimits.Apply(kestrel.Limits);
            kestrel.Limits.MaxRequestBodySize = AdmissionEndpoint.LargestReview;
            kestrel.Listen(
                options.Listen,
                listen =>
                {
                    // The API server takes what there is, and HTTP/1.1 has no floods of frames.
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(ports.Requests("webhook"));
                    listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => _certificate.Current);
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
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        _app = builder.Build();
        var loggers = _app.Services.GetRequiredService<ILoggerFactory>();
        _settings = new SettingsFile(options.SettingsFile, time, loggers.CreateLogger<SettingsFile>());
        _files = options.CertificateFile is null
            ? null
            : new CertificateFiles(options.CertificateFile, options.KeyFile!, _certificate, time, loggers.CreateLogger<CertificateFiles>());
    }

    /// <summary>Where reviews are answered, once started.</summary>
    public IPEndPoint Listen => BoundTo(0);

    /// <summary>Where monitoring is answered, once started.</summary>
    public IPEndPoint Monitoring => BoundTo(1);

    /// <summary>What pods are judged by at this moment.</summary>
    public PodInjection Injection => new(_settings.Current, _options.Revisions, _cluster?.Version.IsNative);

    private bool Ready => _warm && !_ending && _settings.IsSound && _certificate.Current is not null && _cluster is null or { Ready: true };

    /// <param name="logging">Adds to or replaces the log; null logs to standard error, one line an entry.</param>
    public static InjectorHost Build(InjectorOptions options, Action<ILoggingBuilder>? logging = null, TimeProvider? time = null) =>
        new(options, logging, time ?? TimeProvider.System);

    /// <summary>Serves until SIGTERM or SIGINT, and a little longer; gives the exit code.</summary>
    public async Task<int> RunAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or KubeConfigException or FormatException)
        {
            _app.Logger.LogCritical("Cannot start: {Reason}", e.Message);
            return 1;
        }

        // Stopped at once, it would refuse reviews that are still sent here, and with them pods.
        await Task.Delay(Timeout.InfiniteTimeSpan, _app.Lifetime.ApplicationStopping)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending = true;
        _app.Logger.LogInformation("Stopping; reviews are answered for another {Seconds} s", _options.DrainTime.TotalSeconds);
        await Task.Delay(_options.DrainTime, _time);
        return 0;
    }

    /// <exception cref="FormatException">The settings or the certificate cannot be used; the message says all that is wrong.</exception>
    /// <exception cref="KubeConfigException">There is no way to the cluster.</exception>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public async Task StartAsync()
    {
        if (_settings.Load() is { Length: > 0 } problems)
        {
            throw new FormatException($"--settings {_options.SettingsFile}: {string.Join("; ", problems)}");
        }

        if (_files?.Load() is { } wrong)
        {
            throw new FormatException(wrong);
        }

        var loggers = _app.Services.GetRequiredService<ILoggerFactory>();
        var client = _options.HasCluster ? ClusterConnection.Connect(_options, OptionSet.ProcessEnvironment(), _time) : null;
        var namespaces = new NamespaceLookup(client, loggers.CreateLogger<NamespaceLookup>());
        _cluster = client is null
            ? null
            : new ClusterConnection(client, _options, _certificate, () => Injection, namespaces, _time, loggers);
        Map(new AdmissionEndpoint(() => Injection, namespaces, new InjectionMetrics(_registry), loggers.CreateLogger<AdmissionEndpoint>()));
        Warmup.Think();
        await _app.StartAsync();
        _loops = Task.WhenAll(
            WarmUpAsync(),
            _settings.RunAsync(_stopping.Token),
            _files?.RunAsync(_stopping.Token) ?? Task.CompletedTask,
            _cluster?.RunAsync(_stopping.Token) ?? Task.CompletedTask
        );
        _app.Logger.LogInformation(
            "Revision {Revision}: reviews on {Listen}, monitoring on {Monitoring}, {Cluster}",
            _options.Revisions.Name,
            Listen,
            Monitoring,
            _cluster is null ? "without a cluster: sidecars are classic unless the settings say otherwise" : "with a cluster"
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _loops;
        await _app.DisposeAsync();
        _cluster?.Dispose();
        _stopping.Dispose();
    }

    private async Task WarmUpAsync()
    {
        while (_certificate.Current is null && !_stopping.IsCancellationRequested)
        {
            await Task.Delay(CertificateLook, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Warmup.CallAsync(Listen, _certificate, _stopping.Token);
        _warm = true;
    }

    // Two addresses, told apart by TLS: what one serves, the other does not.
    private void Map(AdmissionEndpoint admission)
    {
        _registry.Gauge(
            "mesh_injector_settings_in_force",
            "1 while the settings file's last version is in force.",
            () => _settings.IsSound ? 1 : 0
        );
        _registry.Gauges(
            "mesh_injector_pods_without_sidecar",
            "Pods that run without the sidecar that they should have.",
            "namespace",
            () => _cluster?.Sidecars.Missing.Select(entry => KeyValuePair.Create(entry.Key, (double)entry.Value)) ?? []
        );
        _app.MapWhen(
            http => http.Request.IsHttps,
            branch => branch.UseRouting().UseEndpoints(endpoints => endpoints.MapPost("/inject", admission.AnswerAsync))
        );
        _app.MapWhen(
            http => !http.Request.IsHttps,
            branch =>
                branch
                    .UseRouting()
                    .UseEndpoints(endpoints =>
                    {
                        endpoints.MapGet("/ready", () => Ready ? Results.Text("ready\n") : Results.Text("not ready\n", statusCode: 503));
                        endpoints.MapGet("/metrics", MetricsAsync);
                    })
        );
    }

    private async Task MetricsAsync(HttpContext http)
    {
        http.Response.ContentType = MetricRegistry.ContentType;
        _registry.WriteTo(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
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
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var address = new Uri(addresses.ElementAt(listener));
        return new(IPAddress.Parse(address.Host.Trim('[', ']')), address.Port);
    }
}
