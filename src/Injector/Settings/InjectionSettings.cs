using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>
/// What holds for every pod unless its annotations say otherwise: the values of the injected containers. Read from a file, which in a cluster
/// is a mounted ConfigMap.
/// </summary>
internal sealed record InjectionSettings
{
    /// <summary>Where nothing was written.</summary>
    public static InjectionSettings Default { get; } = new();

    /// <summary>The proxy's image, which also redirects traffic; default <c>mesh/proxy:latest</c>.</summary>
    public string Image { get; init; } = "mesh/proxy:latest";

    /// <summary><c>Always</c>, <c>IfNotPresent</c>, <c>Never</c>; null lets Kubernetes choose.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Secrets of the registry that every injected pod names; default none.</summary>
    public ImmutableArray<string> ImagePullSecrets { get; init; } = [];

    /// <summary>The proxy's program inside of its image; default <c>/usr/local/bin/proxy</c>.</summary>
    public string ProxyProgram { get; init; } = "/usr/local/bin/proxy";

    /// <summary>Where proxies find the control plane, with certificates; default <c>istiod.istio-system.svc:15012</c>.</summary>
    public string DiscoveryAddress { get; init; } = "istiod.istio-system.svc:15012";

    /// <summary>Domain of the cluster's services; default <c>cluster.local</c>.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>Of the proxy; default 100m and 128Mi, at most 2 and 1Gi.</summary>
    public Amounts Resources { get; init; } = Of("100m", "128Mi", "2", "1Gi");

    /// <summary>Of the container that sets up redirection; default 10m and 32Mi, at most 1 and 256Mi.</summary>
    public Amounts InitResources { get; init; } = Of("10m", "32Mi", "1", "256Mi");

    /// <summary>Istio's word for the proxy's log level; default <c>warning</c>.</summary>
    public string LogLevel { get; init; } = "warning";

    /// <summary>Where the proxy writes a line per request: <c>-</c>, a file, or null for nowhere (default).</summary>
    public string? AccessLog { get; init; }

    /// <summary>Default redirect.</summary>
    public InterceptionMode InterceptionMode { get; init; }

    /// <summary>Default refuse.</summary>
    public NetAdminForbidden NetAdminForbidden { get; init; }

    /// <summary>Default auto.</summary>
    public NativeSidecars NativeSidecars { get; init; }

    /// <summary>Which traffic is redirected; default everything.</summary>
    public CaptureLists Capture { get; init; } = new();

    /// <summary>Whether the kubelet's probes of the application are answered by the proxy in its stead; default true.</summary>
    public bool RewriteProbes { get; init; } = true;

    /// <summary>Whether applications beside a classic sidecar start only when it is ready; default true.</summary>
    public bool HoldApplication { get; init; } = true;

    /// <summary>How long open requests may take at shutdown; null (default): the pod's grace period less five seconds, at most 45 s.</summary>
    public TimeSpan? TerminationDrain { get; init; }

    /// <summary>Cores that a proxy uses; null (default) or 0 for those its limit gives it.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Port of merged metrics and rewritten probes; default 15020, 0 for none.</summary>
    public int StatusPort { get; init; } = 15020;

    /// <summary>Whether the proxy answers scrapes with the application's metrics beside its own; default true.</summary>
    public bool MergeMetrics { get; init; } = true;

    /// <summary>Added to the proxy's environment; default nothing.</summary>
    public ImmutableSortedDictionary<string, string> ProxyMetadata { get; init; } = Amounts.None;

    /// <summary>User and group that the proxy runs as, and whose traffic is never redirected; default 1337.</summary>
    public int ProxyUser { get; init; } = 1337;

    /// <summary>Whom the pod's token is for; default <c>istio-ca</c>.</summary>
    public string TokenAudience { get; init; } = "istio-ca";

    /// <summary>Whether pods of opted-in namespaces are injected unless they say otherwise; default true. False: only those that ask for it.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether namespaces that say nothing are opted in; default false.</summary>
    public bool EnableNamespacesByDefault { get; init; }

    /// <summary>Pods that are never injected unless their own label asks for it; default none.</summary>
    public ImmutableArray<LabelSelector> NeverInject { get; init; } = [];

    /// <summary>Pods that are injected even where <see cref="Enabled"/> is false; default none.</summary>
    public ImmutableArray<LabelSelector> AlwaysInject { get; init; } = [];

    /// <summary>Namespaces whose pods are never touched, whatever they say; default Kubernetes' own and the control plane's.</summary>
    public ImmutableArray<string> SystemNamespaces { get; init; } =
    ["kube-system", "kube-public", "kube-node-lease", "local-path-storage", "istio-system"];

    /// <summary>Annotations that every injected pod gets, unless it has them; default none.</summary>
    public ImmutableSortedDictionary<string, string> InjectedAnnotations { get; init; } = Amounts.None;

    private static Amounts Of(string cpu, string memory, string mostCpu, string mostMemory) =>
        new(Amounts.None.Add("cpu", cpu).Add("memory", memory), Amounts.None.Add("cpu", mostCpu).Add("memory", mostMemory));
}
