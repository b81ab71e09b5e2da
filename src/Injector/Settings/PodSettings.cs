using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Settings;

/// <summary>What holds for one pod: <see cref="InjectionSettings"/>, changed by its <c>proxy.istio.io/config</c>, changed by its other annotations.</summary>
internal sealed record PodSettings
{
    public required string Image { get; init; }

    public required Amounts Resources { get; init; }

    /// <summary>The proxy's word.</summary>
    public required string LogLevel { get; init; }

    public required InterceptionMode InterceptionMode { get; init; }

    /// <summary>Null: as the settings and the server's version say.</summary>
    public bool? Native { get; init; }

    public required CaptureLists Capture { get; init; }

    public required bool RewriteProbes { get; init; }

    public required bool HoldApplication { get; init; }

    /// <summary>Null: by the pod's grace period.</summary>
    public TimeSpan? TerminationDrain { get; init; }

    public int? Concurrency { get; init; }

    public required int StatusPort { get; init; }

    public required bool MergeMetrics { get; init; }

    public required string DiscoveryAddress { get; init; }

    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <summary>Null, or 0 for no readiness probe at all.</summary>
    public int? ReadinessInitialDelay { get; init; }

    public int? ReadinessPeriod { get; init; }

    public int? ReadinessFailures { get; init; }

    /// <summary>Volumes for the pod and their mounts in the proxy, as the user wrote them.</summary>
    public ImmutableArray<JsonObject> Volumes { get; init; } = [];

    public ImmutableArray<JsonObject> VolumeMounts { get; init; } = [];

    /// <summary>Whether clients' connections reach the proxy; without, nobody may expect it to speak TLS.</summary>
    public bool CapturesInbound => InterceptionMode != InterceptionMode.None && Capture.IncludeInboundPorts.Length > 0;

    /// <summary>The mesh's settings alone.</summary>
    public static PodSettings Of(InjectionSettings settings) =>
        new()
        {
            Image = settings.Image,
            Resources = settings.Resources,
            LogLevel = LogLevels.Of(settings.LogLevel) ?? "warning",
            InterceptionMode = settings.InterceptionMode,
            Capture = settings.Capture,
            RewriteProbes = settings.RewriteProbes,
            HoldApplication = settings.HoldApplication,
            TerminationDrain = settings.TerminationDrain,
            Concurrency = settings.Concurrency,
            StatusPort = settings.StatusPort,
            MergeMetrics = settings.MergeMetrics,
            DiscoveryAddress = settings.DiscoveryAddress,
            Environment = settings.ProxyMetadata,
        };
}
