using Mesh.Metrics;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Identity;

/// <summary>What metrics tell of the certificate: its age, what it has left, and how renewing goes.</summary>
internal sealed class CertificateStatus
{
    private readonly Counter _renewed;
    private long _renewedAt;

    public CertificateStatus(MetricRegistry metrics, IdentityStore store, TimeProvider time)
    {
        var renewals = metrics.Counters(
            "mesh_proxy_certificate_renewals_total",
            "Attempts to get a certificate, the first one too, by how they ended.",
            "result"
        );
        _renewed = renewals.Get(new("success"));
        Failed = renewals.Get(new("failure"));
        metrics.Gauge(
            "mesh_proxy_certificate_age_seconds",
            "Time since the present certificate was issued; 0 without one.",
            () =>
                store.Current is null
                    ? 0
                    : (time.GetUtcNow() - new DateTimeOffset(Volatile.Read(ref _renewedAt), TimeSpan.Zero)).TotalSeconds
        );
        metrics.Gauge(
            "mesh_proxy_certificate_expiry_seconds",
            "Time until the present certificate ends, negative past it; 0 without one.",
            () =>
                store.Current is { } current
                    ? (current.Leaf.NotAfter.ToUniversalTime() - (time.GetUtcNow() + current.ClockSkew).UtcDateTime).TotalSeconds
                    : 0
        );
        metrics.Gauge(
            "mesh_proxy_clock_skew_seconds",
            "How far the control plane's clock is ahead of this machine's, as of the last renewal; 0 within 2 s.",
            () => store.Current?.ClockSkew.TotalSeconds ?? 0
        );
    }

    /// <summary>Attempts that brought nothing.</summary>
    public Counter Failed { get; }

    /// <param name="at">By our own clock.</param>
    public void OnRenewed(DateTimeOffset at)
    {
        Volatile.Write(ref _renewedAt, at.UtcTicks);
        _renewed.Inc();
    }
}
