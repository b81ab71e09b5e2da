using System.Collections.Frozen;

namespace Mesh.Injector.Settings;

/// <summary>What Istio knows and this proxy does not follow, each with what holds instead: users hear of it, nothing is ignored in silence.</summary>
internal static class WithoutEffect
{
    private const string NoAgent = "there is no agent beside the proxy; its own level is sidecar.istio.io/logLevel";
    private const string NoEnvoy = "it is for Envoy, which is not in this mesh";
    private const string AllStats = "all metrics are kept, with Istio's tags";
    private const string NoAmbient = "this mesh has sidecars only";
    private const string NoTracing = "this proxy passes trace headers on and sends no spans";
    private const string NoDns = "names are looked up as without a mesh";
    private const string Drains = "this proxy ends as soon as nothing is active, within terminationDrainDuration";

    /// <summary>Annotations of a pod.</summary>
    public static FrozenDictionary<string, string> Annotations { get; } =
        Table(
            ("sidecar.istio.io/agentLogLevel", NoAgent),
            ("sidecar.istio.io/bootstrapOverride", NoEnvoy),
            ("sidecar.istio.io/capNetBindService", "the proxy binds no port below 1024"),
            ("sidecar.istio.io/componentLogLevel", "the proxy has one level, sidecar.istio.io/logLevel"),
            ("sidecar.istio.io/controlPlaneAuthPolicy", "the control plane is always asked over mutual TLS"),
            ("sidecar.istio.io/enableCoreDump", "dumps go where the node's core_pattern says"),
            ("sidecar.istio.io/extraStatTags", AllStats),
            ("sidecar.istio.io/proxyImageType", "there is one image; another one is sidecar.istio.io/proxyImage"),
            ("sidecar.istio.io/statsCompression", "metrics are not compressed"),
            ("sidecar.istio.io/statsEvictionInterval", AllStats),
            ("sidecar.istio.io/statsHistogramBuckets", "the buckets are Envoy's usual ones"),
            ("sidecar.istio.io/statsInclusionPrefixes", AllStats),
            ("sidecar.istio.io/statsInclusionRegexps", AllStats),
            ("sidecar.istio.io/statsInclusionSuffixes", AllStats),
            ("traffic.sidecar.istio.io/kubevirtInterfaces", "traffic of virtual machines is not redirected"),
            ("istio.io/reroute-virtual-interfaces", "traffic of virtual machines is not redirected"),
            ("readiness.status.sidecar.istio.io/applicationPorts", "the proxy is ready once its configuration is in force"),
            ("ambient.istio.io/redirection", NoAmbient),
            ("ambient.istio.io/bypass-inbound-capture", NoAmbient),
            ("ambient.istio.io/dns-capture", NoAmbient)
        );

    /// <summary>Fields of Istio's ProxyConfig.</summary>
    public static FrozenDictionary<string, string> ProxyConfig { get; } =
        Table(
            ("availabilityZone", "the locality comes from the pod and its node"),
            ("binaryPath", NoEnvoy),
            ("caCertificatesPem", "roots come from ConfigMap istio-ca-root-cert"),
            ("configPath", NoEnvoy),
            ("controlPlaneAuthPolicy", "the control plane is always asked over mutual TLS"),
            ("customConfigFile", NoEnvoy),
            ("drainDuration", "how long active requests may take is terminationDrainDuration"),
            ("envoyAccessLogService", "the access log is written where the settings say"),
            ("envoyMetricsService", "metrics are scraped"),
            ("extraStatTags", AllStats),
            ("fileFlushInterval", "the access log's buffer cannot be tuned"),
            ("fileFlushMinSizeKb", "the access log's buffer cannot be tuned"),
            ("gatewayTopology", "a sidecar is no gateway"),
            ("meshId", "there is one mesh"),
            ("parentShutdownDuration", NoEnvoy),
            ("privateKeyProvider", "keys are made in the proxy"),
            ("proxyAdminPort", "it is 15000"),
            ("proxyBootstrapTemplatePath", NoEnvoy),
            ("proxyHeaders", "headers are Istio's usual ones"),
            ("proxyStatsMatcher", AllStats),
            ("runtimeValues", NoEnvoy),
            ("sds", NoEnvoy),
            ("serviceCluster", "the workload's name comes from the pod"),
            ("statNameLength", AllStats),
            ("statsCompression", "metrics are not compressed"),
            ("statsdUdpAddress", "metrics are scraped"),
            ("tracing", NoTracing),
            ("tracingServiceName", NoTracing),
            ("zipkinAddress", NoTracing)
        );

    /// <summary>Variables of Istio's agent, which users set through proxyMetadata.</summary>
    public static FrozenDictionary<string, string> Variables { get; } =
        Table(
            ("BOOTSTRAP_XDS_AGENT", NoEnvoy),
            ("DNS_AGENT", NoDns),
            ("ENABLE_ENVOY_CORE_DUMP", NoEnvoy),
            ("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", Drains),
            ("ISTIO_META_DNS_AUTO_ALLOCATE", NoDns),
            ("ISTIO_META_DNS_CAPTURE", NoDns),
            ("MINIMUM_DRAIN_DURATION", Drains),
            ("OUTPUT_CERTS", "certificates stay in the proxy's memory"),
            ("PILOT_CERT_PROVIDER", "certificates come from the control plane"),
            ("PROXY_CONFIG_XDS_AGENT", NoEnvoy),
            ("SECRET_TTL", "the control plane says how long certificates hold, --cert-ttl"),
            ("TERMINATION_DRAIN_DURATION_SECONDS", "write terminationDrainDuration"),
            ("WASM_MODULE_EXPIRY", NoEnvoy)
        );

    private static FrozenDictionary<string, string> Table(params (string Name, string Reason)[] entries) =>
        entries.ToFrozenDictionary(entry => entry.Name, entry => entry.Reason, StringComparer.Ordinal);
}
