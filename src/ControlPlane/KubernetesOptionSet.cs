using System.Collections.Immutable;
using System.Net;
using Mesh.ControlPlane.Identity;
using Mesh.Kubernetes.Access;
using Mesh.Startup;

namespace Mesh.ControlPlane;

/// <summary>The options of the command line that make <see cref="KubernetesOptions"/>.</summary>
internal sealed class KubernetesOptionSet
{
    private readonly Setting<string?> kubeConfig;
    private readonly Setting<bool> inCluster;
    private readonly Setting<IPEndPoint?> webhook;
    private readonly Setting<ImmutableArray<string>> webhookNames;
    private readonly Setting<string> webhookConfiguration;
    private readonly Setting<TimeSpan> drain;

    private KubernetesOptionSet(OptionSet set)
    {
        kubeConfig = set.Optional(
            "--kubeconfig",
            "FILE",
            "Follow the cluster of this kubeconfig's current context, beside or instead of --config.",
            OptionParsers.Text
        );
        inCluster = set.Flag("--in-cluster", "Follow the cluster that this process runs in as a pod, beside or instead of --config.");
        webhook = set.Optional<IPEndPoint?>(
            "--webhook",
            "IP:PORT",
            "Where the API server has objects validated, over TLS with a certificate of its own making. Not served unless given.",
            OptionParsers.EndPoint
        );
        webhookNames = set.Optional<ImmutableArray<string>>(
            "--webhook-names",
            "NAME,...",
            "Further names and addresses by which the API server calls --webhook; istiod.ROOT-NAMESPACE.svc and the address itself always are.",
            "",
            IdentityOptionSet.NameList
        );
        webhookConfiguration = set.Optional<string>(
            "--webhook-configuration",
            "NAME",
            "The ValidatingWebhookConfiguration whose caBundle is kept.",
            "mesh-validator",
            OptionParsers.Text
        );
        drain = set.Optional(
            "--drain-time",
            "DURATION",
            "How long reviews of --webhook are still answered after SIGTERM, while API servers learn that this replica ends; /ready says so and proxies are sent to other replicas at once. Without --webhook nothing is waited for.",
            "5s",
            OptionParsers.Duration
        );
    }

    /// <summary>Whether a cluster is to be followed.</summary>
    public bool Given => kubeConfig.Value is not null || inCluster.Value;

    /// <summary>Declares the options.</summary>
    public static KubernetesOptionSet AddTo(OptionSet set)
    {
        var options = new KubernetesOptionSet(set);
        set.Check(() =>
            [
                .. options.kubeConfig.Given && options.inCluster.Value
                    ? ["--kubeconfig and --in-cluster exclude each other; give one"]
                    : (string[])[],
                .. options.webhook.Given && !options.Given
                    ? ["--webhook is of no use without a cluster; give --kubeconfig or --in-cluster"]
                    : (string[])[],
            ]
        );
        return options;
    }

    /// <summary>After the set was read: the options, null without a cluster.</summary>
    /// <exception cref="KubeConfigException">The kubeconfig or the service account cannot be used.</exception>
    public KubernetesOptions? Read(IReadOnlyDictionary<string, string> environment)
    {
        if (!Given)
        {
            return null;
        }

        var access = inCluster.Value
            ? InCluster.Load(
                environment.GetValueOrDefault("KUBERNETES_SERVICE_HOST"),
                environment.GetValueOrDefault("KUBERNETES_SERVICE_PORT"),
                TimeProvider.System
            )
            : KubeConfig.Load(kubeConfig.Value!, null, TimeProvider.System);
        return new(access)
        {
            Webhook = webhook.Value,
            WebhookNames = webhookNames.Value,
            WebhookConfiguration = webhookConfiguration.Value,
            DrainTime = drain.Value,
        };
    }
}
