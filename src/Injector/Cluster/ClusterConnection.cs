using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Mesh.Kubernetes.Watching;
using Mesh.Kubernetes.Webhooks;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Everything that the injector has of a cluster, and keeps in it: namespaces, pods, the server's version, the certificate that it trusts.</summary>
internal sealed class ClusterConnection : IDisposable
{
    private readonly KubernetesClient _client;
    private readonly ServingSecretWriter? _secret;
    private readonly CaBundleWriter? _bundle;
    private readonly TimeProvider _time;

    public ClusterConnection(
        KubernetesClient client,
        InjectorOptions options,
        ServingCertificate certificate,
        Func<PodInjection> injection,
        NamespaceLookup namespaces,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _client = client;
        _time = time;
        Namespaces = namespaces;
        Version = new ServerVersion(client, time, loggers.CreateLogger<ServerVersion>());
        Sidecars = new MissingSidecarWatcher(client, injection, namespaces, time, loggers.CreateLogger<MissingSidecarWatcher>());
        if (options.CertificateFile is not null)
        {
            return;
        }

        var logger = loggers.CreateLogger<ClusterConnection>();
        var host = $"{options.Service}.{options.Namespace}.svc";
        _secret = new ServingSecretWriter(
            client,
            options.Namespace,
            options.Service + "-cert",
            [host, $"{options.Service}.{options.Namespace}", $"{host}.cluster.local", options.Listen.Address.ToString()],
            certificate,
            problem => Report(logger, "The serving certificate's Secret", problem),
            time
        );
        _bundle = new CaBundleWriter(
            client,
            CaBundleWriter.Mutating,
            options.WebhookConfiguration,
            _secret,
            certificate,
            problem => Report(logger, $"MutatingWebhookConfiguration {options.WebhookConfiguration}", problem),
            time,
            Random.Shared
        );
    }

    public NamespaceLookup Namespaces { get; }

    public ServerVersion Version { get; }

    public MissingSidecarWatcher Sidecars { get; }

    /// <summary>Whether decisions can be made with all that they need.</summary>
    public bool Ready => Namespaces.Synced && Version.IsNative is not null;

    /// <exception cref="KubeConfigException">There is no way to the cluster.</exception>
    public static KubernetesClient Connect(InjectorOptions options, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        var access = options.InCluster
            ? InCluster.Load(
                environment.GetValueOrDefault("KUBERNETES_SERVICE_HOST"),
                environment.GetValueOrDefault("KUBERNETES_SERVICE_PORT"),
                time
            )
            : KubeConfig.Load(options.KubeConfig!, null, time);
        return new KubernetesClient(access, "mesh-injector");
    }

    /// <summary>Follows the cluster until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(
            Watch(NamespaceLookup.Resource, Namespaces, cancellation),
            Watch(MissingSidecarWatcher.Resource, Sidecars, cancellation),
            Version.RunAsync(cancellation),
            Sidecars.RunAsync(cancellation),
            _secret?.RunAsync(cancellation) ?? Task.CompletedTask,
            _bundle?.RunAsync(cancellation) ?? Task.CompletedTask
        );

    public void Dispose()
    {
        _secret?.Dispose();
        _client.Dispose();
    }

    private Task Watch(ApiResource resource, IResourceObserver observer, CancellationToken cancellation) =>
        new ResourceWatcher(_client, resource, null, ListOptions.All, observer, _time, Random.Shared).RunAsync(cancellation);

    private static void Report(ILogger logger, string what, string? problem)
    {
        if (problem is null)
        {
            logger.LogInformation("{What} is up to date again", what);
        }
        else
        {
            logger.LogWarning("{What} cannot be kept up to date: {Problem}", what, problem);
        }
    }
}
