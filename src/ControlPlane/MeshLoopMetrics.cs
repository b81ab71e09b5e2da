using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.Metrics;

namespace Mesh.ControlPlane;

/// <summary>What the loop counts.</summary>
internal sealed class MeshLoopMetrics(MetricRegistry registry)
{
    private readonly Gauge objects = registry.Gauge("mesh_config_objects", "Objects in force.");
    private readonly Gauge services = registry.Gauge("pilot_services", "Services known to the control plane.");
    private readonly Counter publishes = registry.Counter(
        "mesh_config_publishes_total",
        "States of the configuration that were published."
    );
    private readonly MetricFamily<LabelValues, Gauge> diagnostics = registry.Gauges(
        "mesh_config_diagnostics",
        "Problems of the configuration that exist now, by severity.",
        "severity"
    );

    /// <summary>Time one translation took.</summary>
    public Histogram TranslationSeconds { get; } =
        registry.Histogram("mesh_config_translation_seconds", "Time one translation of objects took.", HistogramBuckets.PropagationSeconds);

    /// <summary>States that could not be read or translated.</summary>
    public Counter Failures { get; } =
        registry.Counter("mesh_config_failures_total", "Times the configuration could not be read or translated for a bug or broken I/O.");

    public void Published(ObjectSet now, ImmutableArray<Diagnostic> problems)
    {
        publishes.Inc();
        objects.Set(now.All.Length);
        services.Set(now.Services.Length + now.ServiceEntries.Sum(entry => entry.Spec.Hosts.Length));
        foreach (var severity in Enum.GetValues<DiagnosticSeverity>())
        {
            diagnostics.Get(new(severity.ToString().ToLowerInvariant())).Set(problems.Count(problem => problem.Severity == severity));
        }
    }
}
