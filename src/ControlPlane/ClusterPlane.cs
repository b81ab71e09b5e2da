using System.Collections.Immutable;
using System.Net;
using Mesh.ControlPlane.Admission;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.ControlPlane.Status;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Leases;
using Mesh.Kubernetes.Webhooks;
using Mesh.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WebhookCertificate = Mesh.Kubernetes.Webhooks.ServingCertificate;

namespace Mesh.ControlPlane;

/// <summary>The composition of everything about a cluster: source, leader, status, roots for pods, webhook; and their running together.</summary>
internal sealed partial class ClusterPlane : BackgroundService
{
    /// <summary>The Lease of who writes for all replicas.</summary>
    public const string LeaderLease = "mesh-leader";

    /// <summary>The Secret of the webhook's certificate.</summary>
    public const string WebhookSecret = "mesh-validator-certificate";

    private readonly KubernetesOptions options;
    private readonly string ns;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly LeaderElector elector;
    private readonly WebhookCertificate certificate = new();

    public ClusterPlane(KubernetesOptions options, MeshSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        (this.options, this.time, this.loggers, ns) = (options, time, loggers, settings.RootNamespace);
        logger = loggers.CreateLogger<ClusterPlane>();
        Client = new(options.Access, "mesh-controlplane/1");
        Source = new(Client, ns, time, loggers.CreateLogger<KubernetesSource>());
        elector = new(Client, ns, LeaderLease, options.Identity, LeaseTimes.Default, time);
    }

    public KubernetesClient Client { get; }

    public KubernetesSource Source { get; }

    /// <summary>What states were published, for telling who has them.</summary>
    public ConfigurationLedger Ledger { get; } = new();

    public void Listen(KestrelServerOptions kestrel)
    {
        if (options.Webhook is { } address)
        {
            WebhookListener.Listen(kestrel, address, certificate);
        }
    }

    /// <summary>Serves the webhook's address, before anything else is.</summary>
    public void Map(WebApplication app, MeshStore store, MeshSettings settings, MetricRegistry registry)
    {
        if (options.Webhook is not null)
        {
            var endpoint = new AdmissionEndpoint(
                store,
                settings,
                new(registry),
                loggers.CreateLogger<AdmissionEndpoint>(),
                app.Lifetime.ApplicationStopping
            );
            app.MapWhen(WebhookListener.Is, branch => branch.Run(endpoint.AnswerAsync));
        }
    }

    /// <summary>What writes: status, reports to other replicas, roots.</summary>
    /// <param name="roots">PEM; null while there is no authority.</param>
    public ImmutableArray<BackgroundService> Writers(MeshStore store, SyncStatusStore clients, Func<string?> roots)
    {
        var reports = new ReplicaReports(Client, ns, options.Identity, Ledger, clients, time, loggers.CreateLogger<ReplicaReports>());
        return
        [
            reports,
            new StatusWriter(Client, Source, store, Ledger, reports, elector, time, loggers.CreateLogger<StatusWriter>()),
            new RootCertificateWriter(
                Client,
                roots,
                () => store.Current?.Objects,
                elector,
                time,
                loggers.CreateLogger<RootCertificateWriter>()
            ),
        ];
    }

    public override void Dispose()
    {
        Source.Dispose();
        Client.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        elector.Changed += leads =>
            LogLeads(logger, leads ? "This replica writes for all of them now" : "Another replica may write for all now");
        return Task.WhenAll(elector.RunAsync(stoppingToken), ServeCertificateAsync(stoppingToken));
    }

    private async Task ServeCertificateAsync(CancellationToken stopping)
    {
        if (options.Webhook is not { } address)
        {
            return;
        }

        using var secret = new ServingSecretWriter(Client, ns, WebhookSecret, Names(address), certificate, Report, time);
        var bundle = new CaBundleWriter(
            Client,
            CaBundleWriter.Validating,
            options.WebhookConfiguration,
            secret,
            certificate,
            Report,
            time,
            Random.Shared
        );
        await Task.WhenAll(secret.RunAsync(stopping), bundle.RunAsync(stopping));
    }

    private ImmutableArray<string> Names(IPEndPoint address) =>
        [
            $"{IdentityOptions.ServiceName}.{ns}.svc",
            .. address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any)
                ? (string[])[]
                : [address.Address.ToString()],
            .. options.WebhookNames,
        ];

    private void Report(string? problem)
    {
        if (problem is not null)
        {
            LogWebhook(logger, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Change}")]
    private static partial void LogLeads(ILogger logger, string change);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook's certificate or its caBundle cannot be kept: {Problem}")]
    private static partial void LogWebhook(ILogger logger, string problem);
}
