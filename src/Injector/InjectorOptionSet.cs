using Mesh.Injector.Deciding;
using Mesh.Startup;

namespace Mesh.Injector;

/// <summary>The command line of the injector: reads <see cref="InjectorOptions"/> from arguments, environment and defaults.</summary>
internal static class InjectorOptionSet
{
    /// <summary>The options, or null with the code to exit with.</summary>
    public static InjectorOptions? Read(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error,
        out int exitCode
    )
    {
        var set = new OptionSet("The mesh's mutating webhook: puts the sidecar into pods as they are created.");
        var listen = set.Optional(
            "--listen",
            "IP:PORT",
            "Where the API server calls /inject, with TLS.",
            "127.0.0.1:15017",
            OptionParsers.EndPoint
        );
        var monitoring = set.Optional(
            "--monitoring",
            "IP:PORT",
            "Where /ready and /metrics are answered; not meant for strangers.",
            "127.0.0.1:15014",
            OptionParsers.EndPoint
        );
        var certificate = set.Optional(
            "--tls-cert",
            "FILE",
            "PEM certificate to serve, followed live; unless given, one is made, renewed, and made known to the API server.",
            ExistingFile
        );
        var key = set.Optional("--tls-key", "FILE", "PEM key of --tls-cert.", ExistingFile);
        var kubeConfig = set.Optional("--kubeconfig", "FILE", "How to reach the cluster.", ExistingFile);
        var inCluster = set.Flag("--in-cluster", "Reach the cluster as this pod's service account.");
        var settings = set.Optional(
            "--settings",
            "FILE",
            "YAML with what holds for every injected pod, followed live; a mounted ConfigMap in a cluster. Defaults unless given.",
            ExistingFile
        );
        var revision = set.Optional(
            "--revision",
            "NAME",
            "Which revision of the mesh this is: pods and namespaces choose it by the label istio.io/rev.",
            MeshLabels.DefaultRevision,
            Label
        );
        var tags = set.Optional(
            "--revision-tags",
            "NAME,NAME",
            "Further names of this revision; with default among them it serves namespaces labelled istio-injection=enabled.",
            "",
            Tags
        );
        var ns = set.Optional("--namespace", "NAME", "Namespace of the webhook's Service and Secret.", "istio-system", Label);
        var service = set.Optional(
            "--service",
            "NAME",
            "The webhook's Service: its certificate is for NAME.NAMESPACE.svc and kept in the Secret NAME-cert. Unless given, istio-sidecar-injector, with -REVISION where that is not default.",
            Label
        );
        var webhook = set.Optional(
            "--webhook-config",
            "NAME",
            "MutatingWebhookConfiguration whose caBundle is kept up to date. Unless given, as --service.",
            OptionParsers.Text
        );
        var drain = set.Optional(
            "--drain-time",
            "DURATION",
            "How long reviews are still answered after SIGTERM, while API servers learn that this replica ends.",
            "5s",
            OptionParsers.Duration
        );
        set.Check(() => Problems(certificate.Given, key.Given, kubeConfig.Given, inCluster.Value));
        if (set.Read(arguments, environment, output, error) is { } code)
        {
            exitCode = code;
            return null;
        }

        exitCode = 0;
        var name = "istio-sidecar-injector" + (revision.Value == MeshLabels.DefaultRevision ? "" : "-" + revision.Value);
        return new()
        {
            Listen = listen.Value,
            Monitoring = monitoring.Value,
            CertificateFile = certificate.Value,
            KeyFile = key.Value,
            KubeConfig = kubeConfig.Value,
            InCluster = inCluster.Value,
            SettingsFile = settings.Value,
            Revisions = new(revision.Value, [.. tags.Value]),
            Namespace = ns.Value,
            Service = service.Value ?? name,
            DrainTime = drain.Value,
            WebhookConfiguration = webhook.Value ?? service.Value ?? name,
        };
    }

    private static IEnumerable<string> Problems(bool certificate, bool key, bool kubeConfig, bool inCluster)
    {
        if (certificate != key)
        {
            yield return certificate ? "--tls-key is missing; --tls-cert needs it" : "--tls-cert is missing; --tls-key needs it";
        }

        if (kubeConfig && inCluster)
        {
            yield return "--kubeconfig and --in-cluster are both given; there is one cluster, so give one";
        }

        if (!certificate && !key && !kubeConfig && !inCluster)
        {
            yield return "there is no certificate to serve; give --tls-cert and --tls-key, or --kubeconfig or --in-cluster to have one made";
        }
    }

    private static string? ExistingFile(string text, out string? error)
    {
        error = File.Exists(text) ? null : $"'{text}' is no file";
        return text;
    }

    private static string? Label(string text, out string? error)
    {
        error = IsLabel(text) ? null : $"'{text}' is no name; write up to 63 lower-case letters, digits and '-'";
        return text;
    }

    private static string[]? Tags(string text, out string? error)
    {
        var tags = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var wrong = Array.Find(tags, tag => !IsLabel(tag));
        error = wrong is null ? null : $"'{wrong}' is no name; write up to 63 lower-case letters, digits and '-'";
        return tags;
    }

    private static bool IsLabel(string text) =>
        text.Length is > 0 and <= 63
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && text[0] != '-'
        && text[^1] != '-';
}
