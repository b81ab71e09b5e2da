using Mesh.Metrics;

namespace Mesh.ControlPlane.Admission;

/// <summary>What the validating webhook counts; Istio's names.</summary>
internal sealed class AdmissionMetrics(MetricRegistry registry)
{
    /// <summary>Objects let in.</summary>
    public Counter Passed { get; } = registry.Counter("galley_validation_passed", "Objects that the webhook let in.");

    /// <summary>Objects refused.</summary>
    public Counter Refused { get; } = registry.Counter("galley_validation_failed", "Objects that the webhook refused.");

    /// <summary>Requests that were no reviews.</summary>
    public Counter Malformed { get; } = registry.Counter("galley_validation_http_error", "Requests to the webhook that were no reviews.");

    /// <summary>Reviews that failed for a bug.</summary>
    public Counter Failed { get; } =
        registry.Counter("mesh_validation_internal_errors_total", "Reviews that failed for a bug; their objects were let in.");
}
