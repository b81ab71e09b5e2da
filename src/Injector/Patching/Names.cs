using System.Collections.Frozen;

namespace Mesh.Injector.Patching;

/// <summary>Names and paths of what is put into pods, as Istio has them, so that dashboards and habits fit.</summary>
internal static class Names
{
    public const string Proxy = "istio-proxy";
    public const string Init = "istio-init";

    public const string TokenVolume = "istio-token";
    public const string RootVolume = "istiod-ca-cert";
    public const string DataVolume = "istio-data";
    public const string PodInfoVolume = "istio-podinfo";

    public const string TokenFile = "/var/run/secrets/tokens/istio-token";
    public const string RootFile = "/var/run/secrets/istio/root-cert.pem";
    public const string CacheFile = "/var/lib/istio/data/configuration";

    /// <summary>Where the control plane publishes the mesh's root certificates, in every opted-in namespace.</summary>
    public const string RootConfigMap = "istio-ca-root-cert";

    public const int ReadyPort = 15021;
    public const int MetricsPort = 15090;

    /// <summary>Istio's table of ports that a sidecar uses, those of its own make and but the status port.</summary>
    public static FrozenSet<int> OwnPorts { get; } = FrozenSet.Create(15000, 15001, 15006, ReadyPort, MetricsPort);

    /// <summary>The proxy's option of the probes that it answers (<c>--app-probers</c>), as environment variable.</summary>
    public const string ProbersVariable = "MESH_APP_PROBERS";

    /// <summary>The proxy's option of where the application's metrics are (<c>--app-metrics</c>), as environment variable.</summary>
    public const string MetricsVariable = "MESH_APP_METRICS";

    /// <summary>Variables of the proxy's container that the injector alone sets.</summary>
    public static FrozenSet<string> OwnVariables { get; } =
        FrozenSet.Create(
            StringComparer.Ordinal,
            "POD_NAME",
            "POD_NAMESPACE",
            "INSTANCE_IP",
            "SERVICE_ACCOUNT",
            ProbersVariable,
            MetricsVariable
        );
}
