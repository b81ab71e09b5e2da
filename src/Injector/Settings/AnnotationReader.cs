using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config.Reading;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Settings;

/// <summary>Reads a pod's annotations into <see cref="PodSettings"/>; what is malformed is a problem, what has no effect a warning.</summary>
internal sealed class AnnotationReader(List<InjectionProblem> problems, List<string> warnings)
{
    private const string Sidecar = "sidecar.istio.io/";
    private const string Traffic = "traffic.sidecar.istio.io/";
    private const string ReadinessPrefix = "readiness.status.sidecar.istio.io/";
    private const string ProxyConfig = "proxy.istio.io/config";

    // Nobody else has annotations for pods there.
    private static readonly string[] Ours = [Sidecar, "proxy.istio.io/", "inject.istio.io/", "prometheus.istio.io/"];

    // What the settings are read from after the loop, or is none of the injector's business.
    private static readonly ImmutableArray<string> Others =
    [
        Sidecar + "inject",
        Sidecar + "status",
        Sidecar + "proxyCPU",
        Sidecar + "proxyCPULimit",
        Sidecar + "proxyMemory",
        Sidecar + "proxyMemoryLimit",
        ProxyConfig,
        "proxy.istio.io/overrides",
    ];

    private static readonly ImmutableSortedDictionary<string, Func<AnnotationReader, PodSettings, string, string, PodSettings>> Readers =
        new Dictionary<string, Func<AnnotationReader, PodSettings, string, string, PodSettings>>(StringComparer.Ordinal)
        {
            [Sidecar + "proxyImage"] = (r, s, name, text) => s with { Image = r.Filled(name, text) ?? s.Image },
            [Sidecar + "logLevel"] = (r, s, name, text) => s with { LogLevel = r.Level(name, text) ?? s.LogLevel },
            [Sidecar + "interceptionMode"] = (r, s, name, text) => s with { InterceptionMode = r.Mode(name, text) ?? s.InterceptionMode },
            [Sidecar + "rewriteAppHTTPProbers"] = (r, s, name, text) => s with { RewriteProbes = r.Switch(name, text) ?? s.RewriteProbes },
            [Sidecar + "nativeSidecar"] = (r, s, name, text) => s with { Native = r.Switch(name, text) ?? s.Native },
            [Sidecar + "discoveryAddress"] = (r, s, name, text) =>
                s with
                {
                    DiscoveryAddress = r.Address(name, text) ?? s.DiscoveryAddress,
                },
            [Sidecar + "userVolume"] = (r, s, name, text) => s with { Volumes = r.Objects(name, text, "name", "name") },
            [Sidecar + "userVolumeMount"] = (r, s, name, text) => s with { VolumeMounts = r.Objects(name, text, "name", "mountPath") },
            ["prometheus.istio.io/merge-metrics"] = (r, s, name, text) => s with { MergeMetrics = r.Switch(name, text) ?? s.MergeMetrics },
            ["inject.istio.io/templates"] = (r, s, name, text) => r.Templates(name, text, s),
            ["status.sidecar.istio.io/port"] = (r, s, name, text) => s with { StatusPort = r.StatusPort(name, text) ?? s.StatusPort },
            [ReadinessPrefix + "initialDelaySeconds"] = (r, s, name, text) =>
                s with
                {
                    ReadinessInitialDelay = r.Whole(name, text, 0, 86400),
                },
            [ReadinessPrefix + "periodSeconds"] = (r, s, name, text) => s with { ReadinessPeriod = r.Whole(name, text, 1, 86400) },
            [ReadinessPrefix + "failureThreshold"] = (r, s, name, text) => s with { ReadinessFailures = r.Whole(name, text, 1, 100000) },
            [Traffic + "includeOutboundIPRanges"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { IncludeOutboundRanges = r.List(name, text, CaptureText.Ranges) },
                },
            [Traffic + "excludeOutboundIPRanges"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { ExcludeOutboundRanges = r.List(name, text, CaptureText.ExcludedRanges) },
                },
            [Traffic + "includeOutboundPorts"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { IncludeOutboundPorts = r.List(name, text, CaptureText.AddedPorts) },
                },
            [Traffic + "excludeOutboundPorts"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { ExcludeOutboundPorts = r.List(name, text, CaptureText.ExcludedPorts) },
                },
            [Traffic + "includeInboundPorts"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { IncludeInboundPorts = r.List(name, text, CaptureText.Ports) },
                },
            [Traffic + "excludeInboundPorts"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { ExcludeInboundPorts = r.List(name, text, CaptureText.ExcludedPorts) },
                },
            [Traffic + "excludeInterfaces"] = (r, s, name, text) =>
                s with
                {
                    Capture = s.Capture with { ExcludeInterfaces = r.List(name, text, CaptureText.Interfaces) },
                },
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Reads all annotations; problems and warnings come in the order of the annotations' names.</summary>
    public static PodSettings Read(
        IReadOnlyDictionary<string, string> annotations,
        InjectionSettings settings,
        List<InjectionProblem> problems,
        List<string> warnings
    )
    {
        var reader = new AnnotationReader(problems, warnings);
        var result = PodSettings.Of(settings);
        if (annotations.TryGetValue(ProxyConfig, out var config))
        {
            result = new ProxyConfigReader(problems, warnings).Read(PathOf(ProxyConfig), config, result);
        }

        foreach (var (name, text) in annotations)
        {
            if (Readers.TryGetValue(name, out var read))
            {
                result = read(reader, result, name, text);
            }
            else
            {
                reader.CheckName(name);
            }
        }

        return reader.Resources(annotations, result);
    }

    private static string PathOf(string name) => $"metadata.annotations[{name}]";

    // A slip in the name of an annotation would otherwise change nothing, in silence.
    private void CheckName(string name)
    {
        if (WithoutEffect.Annotations.TryGetValue(name, out var instead))
        {
            warnings.Add($"{PathOf(name)} has no effect: {instead}");
        }
        else if (!Others.Contains(name) && Array.Exists(Ours, domain => name.Contains(domain, StringComparison.Ordinal)))
        {
            var near = NearestName.Find(name, Readers.Keys.Concat(Others));
            if (near is null)
            {
                warnings.Add($"{PathOf(name)} is unknown and has no effect");
            }
            else
            {
                problems.Add(new(PathOf(name), $"is unknown; did you mean {near}?"));
            }
        }
    }

    // As Istio: who sets one amount sets them all.
    private PodSettings Resources(IReadOnlyDictionary<string, string> annotations, PodSettings settings)
    {
        var requests = Amount("cpu", "proxyCPU").Concat(Amount("memory", "proxyMemory")).ToList();
        var limits = Amount("cpu", "proxyCPULimit").Concat(Amount("memory", "proxyMemoryLimit")).ToList();
        if (requests.Count + limits.Count == 0)
        {
            return settings;
        }

        foreach (var (resource, text, value) in requests)
        {
            if (limits.Find(limit => limit.Resource == resource) is { Text: not null } limit && limit.Value < value)
            {
                var name = Sidecar + (resource == "cpu" ? "proxyCPU" : "proxyMemory");
                problems.Add(new(PathOf(name), $"{text} is more than the limit {limit.Text} of {name}Limit"));
            }
        }

        return settings with
        {
            Resources = new(
                requests.ToImmutableSortedDictionary(a => a.Resource, a => a.Text, StringComparer.Ordinal),
                limits.ToImmutableSortedDictionary(a => a.Resource, a => a.Text, StringComparer.Ordinal)
            ),
        };

        IEnumerable<(string Resource, string Text, decimal Value)> Amount(string resource, string name)
        {
            if (!annotations.TryGetValue(Sidecar + name, out var text))
            {
                return [];
            }

            if (Quantity.TryParse(text, out var value))
            {
                return [(resource, text, value)];
            }

            var example = resource == "cpu" ? "100m or 1.5" : "128Mi or 1Gi";
            problems.Add(new(PathOf(Sidecar + name), $"\"{Shown.Short(text)}\" is no amount above zero such as {example}"));
            return [];
        }
    }

    // Istio has templates of others, for gateways and for gRPC without a proxy: a sidecar would not be what was asked for.
    private PodSettings Templates(string name, string text, PodSettings settings)
    {
        var other = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(t => t != "sidecar");
        if (other is not null)
        {
            problems.Add(new(PathOf(name), $"\"{Shown.Short(other)}\" is no template of this mesh; there is sidecar"));
        }

        return settings;
    }

    private string? Filled(string name, string text)
    {
        if (text.Length > 0 && !text.Any(char.IsWhiteSpace))
        {
            return text;
        }

        problems.Add(new(PathOf(name), $"\"{Shown.Short(text)}\" is empty or has white space in it"));
        return null;
    }

    private string? Address(string name, string text) => Sound(name, text, ProxyStart.ProblemOf(text));

    private int? StatusPort(string name, string text) =>
        Whole(name, text, 0, 65535) is { } port && Sound(name, text, ProxyStart.ProblemOf(port)) is not null ? port : null;

    private string? Sound(string name, string text, string? problem)
    {
        if (problem is null)
        {
            return text;
        }

        problems.Add(new(PathOf(name), problem));
        return null;
    }

    private string? Level(string name, string text)
    {
        // Envoy's "level,component:level": components are Envoy's own.
        var level = LogLevels.Of(text.Split(',')[0]);
        if (level is null)
        {
            problems.Add(new(PathOf(name), $"\"{Shown.Short(text)}\" is none of {LogLevels.Names}"));
        }

        return level;
    }

    private InterceptionMode? Mode(string name, string text)
    {
        switch (text)
        {
            case "REDIRECT":
                return InterceptionMode.Redirect;
            case "TPROXY":
                return InterceptionMode.Tproxy;
            case "NONE":
                return InterceptionMode.None;
            default:
                problems.Add(new(PathOf(name), $"\"{Shown.Short(text)}\" is none of REDIRECT, TPROXY, NONE"));
                return null;
        }
    }

    private bool? Switch(string name, string text)
    {
        switch (text)
        {
            case "true":
                return true;
            case "false":
                return false;
            default:
                problems.Add(new(PathOf(name), $"\"{Shown.Short(text)}\" is neither \"true\" nor \"false\""));
                return null;
        }
    }

    private int? Whole(string name, string text, int least, int most)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        problems.Add(new(PathOf(name), $"\"{Shown.Short(text)}\" is no whole number from {least} to {most}"));
        return null;
    }

    private ImmutableArray<string> List(string name, string text, CaptureTextReader read)
    {
        var list = read(text, out var wrong);
        if (wrong is not null)
        {
            problems.Add(new(PathOf(name), wrong));
        }

        return list;
    }

    // Istio's form: a JSON list of objects, or an object from name to the rest of it.
    private ImmutableArray<JsonObject> Objects(string name, string text, string key, string needed)
    {
        try
        {
            var items = JsonText.Parse(text) switch
            {
                JsonArray list => list.Select(item => item as JsonObject),
                JsonObject map => map.Select(entry => Named(entry.Key, entry.Value)),
                _ => [null],
            };
            ImmutableArray<JsonObject?> all = [.. items.Select(item => (JsonObject?)item?.DeepClone())];
            if (all.All(item => IsText(item?[key]) && IsText(item?[needed])))
            {
                return all!;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        var fields = key == needed ? key : $"{key} and {needed}";
        problems.Add(
            new(
                PathOf(name),
                $"is no JSON list of objects with {fields}, such as {(key == needed ? "[{\"name\":\"files\",\"emptyDir\":{}}]" : "[{\"name\":\"files\",\"mountPath\":\"/files\"}]")}"
            )
        );
        return [];

        static bool IsText(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;

        JsonObject? Named(string entry, JsonNode? value)
        {
            if (value?.DeepClone() is not JsonObject item)
            {
                return null;
            }

            item[key] = entry;
            return item;
        }
    }
}
