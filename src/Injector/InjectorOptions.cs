using System.Net;
using Mesh.Injector.Deciding;

namespace Mesh.Injector;

/// <summary>Start-up settings of the injector; every one is an option and an environment variable (<c>MESH_</c> + name in upper snake case).</summary>
internal sealed record InjectorOptions
{
    /// <summary>Where the API server calls <c>/inject</c>, over TLS; default 127.0.0.1:15017.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 15017);

    /// <summary>Where <c>/ready</c> and <c>/metrics</c> are answered, in plain text; default 127.0.0.1:15014.</summary>
    public IPEndPoint Monitoring { get; init; } = new(IPAddress.Loopback, 15014);

    /// <summary>PEM certificate, with its chain, to serve; default null: made and renewed here, which needs a cluster.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How to reach the cluster; null with <see cref="InCluster"/> or without a cluster.</summary>
    public string? KubeConfig { get; init; }

    /// <summary>Whether this is a pod that uses its own service account; default false.</summary>
    public bool InCluster { get; init; }

    /// <summary>YAML of <see cref="Settings.InjectionSettings"/>, followed live; default null: the defaults.</summary>
    public string? SettingsFile { get; init; }

    /// <summary>Who this injector is; default the revision <c>default</c>.</summary>
    public Revisions Revisions { get; init; } = Revisions.Default;

    /// <summary>Namespace of the webhook's Service and Secret; default <c>istio-system</c>.</summary>
    public string Namespace { get; init; } = "istio-system";

    /// <summary>Name of the webhook's Service, which the certificate is for; default <c>istio-sidecar-injector</c>.</summary>
    public string Service { get; init; } = "istio-sidecar-injector";

    /// <summary>MutatingWebhookConfiguration whose <c>caBundle</c> is kept; default <c>istio-sidecar-injector</c>, with <c>-REVISION</c> for others.</summary>
    public string WebhookConfiguration { get; init; } = "istio-sidecar-injector";

    /// <summary>How long reviews are still answered after SIGTERM, until no API server asks this replica any more; default 5 s, 0 s ends at once.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);

    public bool HasCluster => InCluster || KubeConfig is not null;
}
