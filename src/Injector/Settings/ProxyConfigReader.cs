using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Injector.Patching;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Settings;

/// <summary>Reads the annotation <c>proxy.istio.io/config</c>: Istio's ProxyConfig as YAML, strictly.</summary>
internal sealed class ProxyConfigReader(List<InjectionProblem> problems, List<string> warnings)
{
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
            DiscoveryAddress = ProxyStart.DiscoveryAddress(fields) ?? settings.DiscoveryAddress,
            InterceptionMode = fields.OneOf<InterceptionMode>("interceptionMode") ?? settings.InterceptionMode,
            StatusPort = ProxyStart.StatusPort(fields) ?? settings.StatusPort,
            Environment = settings.Environment.SetItems(Variables(fields)),
            Image = Image(fields.Inner("image"), settings),
            ReadinessInitialDelay = readiness?.Integer("initialDelaySeconds", 0, 86400) ?? settings.ReadinessInitialDelay,
            ReadinessPeriod = readiness?.Integer("periodSeconds", 1, 86400) ?? settings.ReadinessPeriod,
            ReadinessFailures = readiness?.Integer("failureThreshold", 1, 100000) ?? settings.ReadinessFailures,
        };
        foreach (var (name, instead) in WithoutEffect.ProxyConfig.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (fields.Has(name))
            {
                warnings.Add($"{fields.PathOf(name)} has no effect: {instead}");
            }
        }

        readiness?.End();
        fields.End();
        return settings;
    }

    private ImmutableSortedDictionary<string, string> Variables(FieldReader fields)
    {
        var variables = fields.Map("proxyMetadata") ?? Amounts.None;
        foreach (var name in variables.Keys)
        {
            if (WithoutEffect.Variables.TryGetValue(name, out var instead))
            {
                warnings.Add($"{fields.PathOf("proxyMetadata")}.{name} has no effect: {instead}");
            }

            if (Names.OwnVariables.Contains(name))
            {
                fields.Report($"proxyMetadata.{name}", "is set by the injector; leave it out");
            }
        }

        return variables;
    }

    private string Image(FieldReader? image, PodSettings settings)
    {
        // Istio has images with and without a shell; there is one here.
        if (image?.Text("imageType") is not null)
        {
            warnings.Add($"{image.PathOf("imageType")} has no effect: there is one image; another one is sidecar.istio.io/proxyImage");
        }

        image?.End();
        return settings.Image;
    }
}
