using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Settings;

/// <summary>Reads <see cref="InjectionSettings"/> from YAML, strictly, and names everything that is wrong at once.</summary>
internal static class SettingsReader
{
    private static readonly string[] PullPolicies = ["Always", "IfNotPresent", "Never"];

    /// <summary>The settings; with problems they are not to be used.</summary>
    public static (InjectionSettings Settings, ImmutableArray<InjectionProblem> Problems) Read(string yaml)
    {
        var problems = new List<InjectionProblem>();
        JsonNode? root;
        try
        {
            root = YamlJson.Parse(yaml);
        }
        catch (FormatException e)
        {
            return (InjectionSettings.Default, [new("", e.Message)]);
        }

        if (root is null)
        {
            return (InjectionSettings.Default, []);
        }

        if (root is not JsonObject map)
        {
            return (InjectionSettings.Default, [new("", "is not an object; write name: value")]);
        }

        var settings = Read(new FieldReader(map, "", problems), problems);
        return (settings, [.. problems]);
    }

    private static InjectionSettings Read(FieldReader fields, List<InjectionProblem> problems)
    {
        var standard = InjectionSettings.Default;
        var settings = standard with
        {
            Image = Filled(fields, "image") ?? standard.Image,
            ImagePullPolicy = PullPolicy(fields),
            ImagePullSecrets = fields.Texts("imagePullSecrets") ?? [],
            ProxyProgram = Filled(fields, "proxyProgram") ?? standard.ProxyProgram,
            DiscoveryAddress = ProxyStart.DiscoveryAddress(fields) ?? standard.DiscoveryAddress,
            ClusterDomain = Filled(fields, "clusterDomain") ?? standard.ClusterDomain,
            Resources = Resources(fields, "resources", problems) ?? standard.Resources,
            InitResources = Resources(fields, "initResources", problems) ?? standard.InitResources,
            LogLevel = LogLevel(fields) ?? standard.LogLevel,
            AccessLog = Filled(fields, "accessLog"),
            InterceptionMode = fields.OneOf<InterceptionMode>("interceptionMode") ?? standard.InterceptionMode,
            NetAdminForbidden = fields.OneOf<NetAdminForbidden>("netAdminForbidden") ?? standard.NetAdminForbidden,
            NativeSidecars = Native(fields) ?? standard.NativeSidecars,
            Capture = Capture(fields.Inner("capture"), problems) ?? standard.Capture,
            RewriteProbes = fields.Switch("rewriteAppHTTPProbers") ?? standard.RewriteProbes,
            HoldApplication = fields.Switch("holdApplicationUntilProxyStarts") ?? standard.HoldApplication,
            TerminationDrain = fields.Duration("terminationDrainDuration"),
            Concurrency = fields.Integer("concurrency", 0, 1024),
            StatusPort = ProxyStart.StatusPort(fields) ?? standard.StatusPort,
            MergeMetrics = fields.Switch("mergeMetrics") ?? standard.MergeMetrics,
            ProxyMetadata = fields.Map("proxyMetadata") ?? standard.ProxyMetadata,
            ProxyUser = fields.Integer("proxyUser", 1, int.MaxValue) ?? standard.ProxyUser,
            TokenAudience = Filled(fields, "tokenAudience") ?? standard.TokenAudience,
            Enabled = fields.Switch("enabled") ?? standard.Enabled,
            EnableNamespacesByDefault = fields.Switch("enableNamespacesByDefault") ?? standard.EnableNamespacesByDefault,
            NeverInject = Selectors(fields, "neverInjectSelector"),
            AlwaysInject = Selectors(fields, "alwaysInjectSelector"),
            SystemNamespaces = fields.Texts("systemNamespaces") ?? standard.SystemNamespaces,
            InjectedAnnotations = fields.Map("injectedAnnotations") ?? standard.InjectedAnnotations,
        };
        fields.End();
        return settings;
    }

    private static string? Filled(FieldReader fields, string name)
    {
        var text = fields.Text(name);
        if (text is { Length: 0 })
        {
            fields.Report(name, "is empty; leave it out for the default");
        }

        return text;
    }

    private static string? PullPolicy(FieldReader fields)
    {
        var text = fields.Text("imagePullPolicy");
        if (text is not null && !PullPolicies.Contains(text))
        {
            fields.Report("imagePullPolicy", $"\"{text}\" is none of {string.Join(", ", PullPolicies)}");
        }

        return text;
    }

    private static string? LogLevel(FieldReader fields)
    {
        var text = fields.Text("logLevel");
        if (text is not null && LogLevels.Of(text) is null)
        {
            fields.Report("logLevel", $"\"{text}\" is none of {LogLevels.Names}");
        }

        return text;
    }

    // true and false are what people write, quoted or not; auto is a word.
    private static NativeSidecars? Native(FieldReader fields)
    {
        switch (fields.Raw("nativeSidecars")?.ToString())
        {
            case null:
                return null;
            case "auto":
                return NativeSidecars.Auto;
            case "true":
                return NativeSidecars.True;
            case "false":
                return NativeSidecars.False;
            case var other:
                fields.Report("nativeSidecars", $"\"{Shown.Short(other)}\" is none of auto, true, false");
                return null;
        }
    }

    private static Amounts? Resources(FieldReader fields, string name, List<InjectionProblem> problems)
    {
        if (fields.Inner(name) is not { } inner)
        {
            return null;
        }

        var amounts = new Amounts(inner.Map("requests") ?? Amounts.None, inner.Map("limits") ?? Amounts.None);
        inner.End();
        foreach (var (part, values) in new[] { ("requests", amounts.Requests), ("limits", amounts.Limits) })
        {
            foreach (var (resource, text) in values.Where(entry => !Quantity.TryParse(entry.Value, out _)))
            {
                problems.Add(new(inner.PathOf($"{part}.{resource}"), $"\"{Shown.Short(text)}\" is no amount such as 100m or 128Mi"));
            }
        }

        return amounts;
    }

    private static CaptureLists? Capture(FieldReader? fields, List<InjectionProblem> problems)
    {
        if (fields is null)
        {
            return null;
        }

        var standard = new CaptureLists();
        var lists = new CaptureLists
        {
            IncludeOutboundRanges = List("includeOutboundIPRanges", CaptureText.Ranges) ?? standard.IncludeOutboundRanges,
            ExcludeOutboundRanges = List("excludeOutboundIPRanges", CaptureText.ExcludedRanges) ?? [],
            IncludeOutboundPorts = List("includeOutboundPorts", CaptureText.AddedPorts) ?? [],
            ExcludeOutboundPorts = List("excludeOutboundPorts", CaptureText.ExcludedPorts) ?? [],
            IncludeInboundPorts = List("includeInboundPorts", CaptureText.Ports) ?? standard.IncludeInboundPorts,
            ExcludeInboundPorts = List("excludeInboundPorts", CaptureText.ExcludedPorts) ?? [],
            ExcludeInterfaces = List("excludeInterfaces", CaptureText.Interfaces) ?? [],
        };
        fields.End();
        return lists;

        ImmutableArray<string>? List(string name, CaptureTextReader read)
        {
            if (fields.Text(name) is not { } text)
            {
                return null;
            }

            var list = read(text, out var wrong);
            if (wrong is not null)
            {
                problems.Add(new(fields.PathOf(name), wrong));
            }

            return list;
        }
    }

    private static ImmutableArray<LabelSelector> Selectors(FieldReader fields, string name) => [.. fields.List(name).Select(Selector)];

    private static LabelSelector Selector(FieldReader fields)
    {
        var requirements = new List<LabelRequirement>();
        foreach (var (key, value) in fields.Map("matchLabels") ?? Amounts.None)
        {
            requirements.Add(new(key, LabelOperator.In, [value]));
        }

        foreach (var expression in fields.List("matchExpressions"))
        {
            var key = Filled(expression, "key");
            var values = expression.Texts("values") ?? [];
            var written = expression.Text("operator");
            expression.End();
            if (!Enum.TryParse<LabelOperator>(written, out var op) || !Enum.IsDefined(op))
            {
                expression.Report("operator", $"\"{written}\" is none of In, NotIn, Exists, DoesNotExist");
            }
            else if (key is null)
            {
                expression.Report("key", "is missing; name a label");
            }
            else if (values.Length > 0 != op is LabelOperator.In or LabelOperator.NotIn)
            {
                expression.Report("values", $"{op} {(values.Length > 0 ? "takes no values" : "needs at least one value")}");
            }
            else
            {
                requirements.Add(new(key, op, values));
            }
        }

        fields.End();
        return new([.. requirements]);
    }
}
