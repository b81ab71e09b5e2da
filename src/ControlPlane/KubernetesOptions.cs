using System.Collections.Immutable;
using System.Net;
using Mesh.Kubernetes.Access;

namespace Mesh.ControlPlane;

/// <summary>Start-up settings of a control plane that follows a cluster.</summary>
/// <param name="Access">How to reach the API server.</param>
internal sealed record KubernetesOptions(ClusterAccess Access)
{
    /// <summary>Tells this replica from the others; default the machine's name and the process id.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName.ToLowerInvariant()}-{Environment.ProcessId}";

    /// <summary>Where the API server has objects validated; default null, nowhere.</summary>
    public IPEndPoint? Webhook { get; init; }

    /// <summary>How long reviews are still answered after SIGTERM, where there is a webhook; default 5 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Names and addresses by which the API server calls the webhook, beside the service's; default none.</summary>
    public ImmutableArray<string> WebhookNames { get; init; } = [];

    /// <summary>The ValidatingWebhookConfiguration whose <c>caBundle</c> is kept; default <c>mesh-validator</c>.</summary>
    public string WebhookConfiguration { get; init; } = "mesh-validator";
}
