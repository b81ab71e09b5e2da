using Mesh.Injector.Deciding;
using Mesh.Metrics;

namespace Mesh.Injector;

/// <summary>Counts what became of pods; names as Istio's injector has them, the reasons beside.</summary>
internal sealed class InjectionMetrics(MetricRegistry registry)
{
    private readonly Counter _requests = registry.Counter("sidecar_injection_requests_total", "Pods that the API server asked about.");
    private readonly Counter _success = registry.Counter("sidecar_injection_success_total", "Pods that got a sidecar.");
    private readonly Counter _failure = registry.Counter(
        "sidecar_injection_failure_total",
        "Pods refused, and requests that were no reviews."
    );
    private readonly MetricFamily<LabelValues, Counter> _skip = registry.Counters(
        "sidecar_injection_skip_total",
        "Pods left alone, by reason.",
        "reason"
    );
    private readonly Histogram _time = registry.Histogram(
        "sidecar_injection_time_seconds",
        "From a review's first byte to its answer's last.",
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]
    );

    public void Count(InjectionOutcome outcome)
    {
        _requests.Inc();
        if (outcome.IsRefused)
        {
            _failure.Inc();
        }
        else if (outcome.IsInjected)
        {
            _success.Inc();
        }
        else
        {
            _skip.Get(new(SkipReasons.Id(outcome.Reason))).Inc();
        }
    }

    public void Malformed()
    {
        _requests.Inc();
        _failure.Inc();
    }

    public void Took(TimeSpan time) => _time.Observe(time.TotalSeconds);
}
