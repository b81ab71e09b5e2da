using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Settings;

/// <summary>Reads the annotation <c>proxy.istio.io/config</c>: Istio's ProxyConfig as YAML, strictly.</summary>
internal sealed class ProxyConfigReader(List<InjectionProblem> problems, List<string> warnings)
{
    // Istio's mesh.v1alpha1.ProxyConfig, what this proxy has no use for.
    private static readonly ImmutableArray<string> WithoutEffect =
    [
        "availabilityZone",
        "binaryPath",
        "caCertificatesPem",
        "configPath",
        "controlPlaneAuthPolicy",
        "customConfigFile",
        "drainDuration",
        "envoyAccessLogService",
        "envoyMetricsService",
        "extraStatTags",
        "fileFlushInterval",
        "fileFlushMinSizeKb",
        "gatewayTopology",
        "meshId",
        "parentShutdownDuration",
        "privateKeyProvider",
        "proxyAdminPort",
        "proxyBootstrapTemplatePath",
        "proxyHeaders",
        "proxyStatsMatcher",
        "runtimeValues",
        "sds",
        "serviceCluster",
        "statNameLength",
        "statsCompression",
        "statsdUdpAddress",
        "tracing",
        "tracingServiceName",
        "zipkinAddress",
    ];

    public PodSettings Read(string path, string yaml, PodSettings settings)
    {
        JsonNode? root;
        try
        {
            root = YamlJson.Parse(yaml);
        }
        catch (FormatException e)
        {
            problems.Add(new(path, e.Message));
            return settings;
        }

        if (root is null)
        {
            return settings;
        }

        if (root is not JsonObject map)
        {
            problems.Add(new(path, $"\"{Shown.Short(yaml)}\" is not an object; write YAML such as \"concurrency: 2\""));
            return settings;
        }

        var fields = new FieldReader(map, path, problems);
        var readiness = fields.Inner("readinessProbe");
        settings = settings with
        {
            Concurrency = fields.Integer("concurrency", 0, 1024) ?? settings.Concurrency,
            HoldApplication = fields.Switch("holdApplicationUntilProxyStarts") ?? settings.HoldApplication,
            TerminationDrain = fields.Duration("terminationDrainDuration") ?? settings.TerminationDrain,
            DiscoveryAddress = fields.Text("discoveryAddress") ?? settings.DiscoveryAddress,
            InterceptionMode = fields.OneOf<InterceptionMode>("interceptionMode") ?? settings.InterceptionMode,
            StatusPort = fields.Integer("statusPort", 0, 65535) ?? settings.StatusPort,
            Environment = settings.Environment.SetItems(fields.Map("proxyMetadata") ?? Amounts.None),
            Image = Image(fields.Inner("image"), settings),
            ReadinessInitialDelay = readiness?.Integer("initialDelaySeconds", 0, 86400) ?? settings.ReadinessInitialDelay,
            ReadinessPeriod = readiness?.Integer("periodSeconds", 1, 86400) ?? settings.ReadinessPeriod,
            ReadinessFailures = readiness?.Integer("failureThreshold", 1, 100000) ?? settings.ReadinessFailures,
        };
        foreach (var name in WithoutEffect)
        {
            if (fields.Has(name))
            {
                warnings.Add($"{fields.PathOf(name)} has no effect in this mesh");
            }
        }

        readiness?.End();
        fields.End();
        return settings;
    }

    private string Image(FieldReader? image, PodSettings settings)
    {
        // Istio has images with and without a shell; there is one here.
        if (image?.Text("imageType") is not null)
        {
            warnings.Add($"{image.PathOf("imageType")} has no effect in this mesh");
        }

        image?.End();
        return settings.Image;
    }
}
