using System.Net;
using Mesh.ControlPlane.Identity;
using Mesh.ControlPlane.Keys;
using Mesh.ControlPlane.Model;
using Mesh.Kubernetes.Access;
using Mesh.Startup;

namespace Mesh.ControlPlane;

/// <summary>Start-up settings of the control plane.</summary>
/// <param name="ConfigDirectory">Where objects are read from; null where all come from a cluster.</param>
/// <param name="Ads">Address of the discovery service; default 127.0.0.1:15010.</param>
/// <param name="Monitoring">Address of debug, readiness and metrics; default 127.0.0.1:15014.</param>
internal sealed record ControlPlaneOptions(string? ConfigDirectory, IPEndPoint Ads, IPEndPoint Monitoring, MeshSettings Settings)
{
    /// <summary>The authority; default null, none: no certificates, no secure port.</summary>
    public IdentityOptions? Identity { get; init; }

    /// <summary>How the keys of token issuers are fetched.</summary>
    public KeySetOptions Keys { get; init; } = KeySetOptions.Default;

    /// <summary>The cluster to follow; default null, none.</summary>
    public KubernetesOptions? Kubernetes { get; init; }

    /// <summary>Reads arguments and environment. Null options: end with the exit code, everything was said.</summary>
    public static (ControlPlaneOptions? Options, int ExitCode) Read(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error
    )
    {
        var set = new OptionSet(
            "The mesh's control plane: reads mesh and Kubernetes objects, follows their changes, and tells proxies over xDS what to do."
        );
        var config = set.Optional(
            "--config",
            "DIR",
            "Directory of *.yaml, *.yml and *.json files, read recursively and followed live; names that begin with a dot are ignored. Required without --kubeconfig and --in-cluster.",
            ExistingDirectory
        );
        var ads = set.Optional<IPEndPoint>(
            "--ads",
            "IP:PORT",
            "Where xDS clients connect: gRPC without TLS.",
            "127.0.0.1:15010",
            OptionParsers.EndPoint
        );
        var monitoring = set.Optional<IPEndPoint>(
            "--monitoring",
            "IP:PORT",
            "Where /ready, /metrics, /debug/config and /debug/syncz are answered; not meant for strangers.",
            "127.0.0.1:15014",
            OptionParsers.EndPoint
        );
        var root = set.Optional<string>(
            "--root-namespace",
            "NAME",
            "Namespace whose rules hold for the whole mesh.",
            MeshSettings.Default.RootNamespace,
            NamespaceName
        );
        var domain = set.Optional<string>(
            "--trust-domain",
            "NAME",
            "First part of every workload's identity, spiffe://NAME/...; service names stay below cluster.local.",
            MeshSettings.Default.TrustDomain,
            DomainName
        );
        var paths = set.Optional<string>(
            "--path-normalization",
            "LEVEL",
            "How proxies bring paths to one form before routes and policies read them: NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES.",
            "BASE",
            PathLevel
        );
        var refresh = set.Optional<TimeSpan>(
            "--jwks-refresh",
            "DURATION",
            "How often the keys of token issuers are fetched, unless their server asks for more often.",
            "20m",
            Refresh
        );
        var identity = IdentityOptionSet.AddTo(set);
        var kubernetes = KubernetesOptionSet.AddTo(set);
        set.Check(() =>
            config.Given || kubernetes.Given
                ? []
                : ["--config is missing; give --config DIR or set MESH_CONFIG, or follow a cluster with --kubeconfig FILE or --in-cluster"]
        );
        if (set.Read(arguments, environment, output, error) is { } exitCode)
        {
            return (null, exitCode);
        }

        var settings = MeshSettings.Default with { RootNamespace = root.Value, TrustDomain = domain.Value, Paths = LevelOf(paths.Value) };
        try
        {
            var cluster = kubernetes.Read(environment);
            return (
                new(config.Value, ads.Value, monitoring.Value, settings)
                {
                    Identity = identity.Read(cluster is not null),
                    Kubernetes = cluster,
                    Keys = new(refresh.Value),
                },
                0
            );
        }
        catch (KubeConfigException e)
        {
            error.WriteLine(e.Message);
            return (null, 1);
        }
    }

    private static TimeSpan Refresh(string text, out string? error)
    {
        var value = OptionParsers.Duration(text, out error);
        error ??= value < TimeSpan.FromSeconds(1) ? $"'{text}' is too short; write 1s at least" : null;
        return value;
    }

    private static string? PathLevel(string text, out string? error)
    {
        error = text is "NONE" or "BASE" or "MERGE_SLASHES" or "DECODE_AND_MERGE_SLASHES"
            ? null
            : $"'{text}' is no level; write NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES";
        return text;
    }

    private static PathNormalization LevelOf(string text) =>
        text switch
        {
            "NONE" => PathNormalization.None,
            "MERGE_SLASHES" => PathNormalization.MergeSlashes,
            "DECODE_AND_MERGE_SLASHES" => PathNormalization.DecodeAndMergeSlashes,
            _ => PathNormalization.Base,
        };

    private static string? ExistingDirectory(string text, out string? error)
    {
        error = Directory.Exists(text) ? null : $"'{text}' is no directory; create it, or name the one that holds the configuration";
        return text;
    }

    /// <summary>The text; an error where it cannot name a namespace.</summary>
    public static string? NamespaceName(string text, out string? error)
    {
        error =
            text.Length is > 0 and <= 63 && text.Split('.').Length == 1 && IsDnsLabel(text)
                ? null
                : $"'{text}' is no namespace; write up to 63 lower-case letters, digits and '-', such as istio-system";
        return text;
    }

    /// <summary>The text; an error where it is no DNS domain.</summary>
    public static string? DomainName(string text, out string? error)
    {
        error =
            text.Length is > 0 and <= 253 && text.Split('.').All(IsDnsLabel)
                ? null
                : $"'{text}' is no DNS domain; write lower-case names joined by dots, such as cluster.local";
        return text;
    }

    private static bool IsDnsLabel(string text) =>
        text.Length is > 0 and <= 63
        && text[0] != '-'
        && text[^1] != '-'
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
