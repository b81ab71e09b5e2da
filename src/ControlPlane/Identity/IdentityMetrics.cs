using Mesh.Metrics;

namespace Mesh.ControlPlane.Identity;

/// <summary>What the authority counts, under Istio's names.</summary>
internal sealed class IdentityMetrics(MetricRegistry registry)
{
    public Counter Requests { get; } = registry.Counter("citadel_server_csr_count", "Requests for certificates.");

    public Counter Issued { get; } = registry.Counter("citadel_server_success_cert_issuance_count", "Certificates issued.");

    public Counter BadRequests { get; } =
        registry.Counter("citadel_server_csr_parsing_err_count", "Signing requests refused for what they are.");

    public Counter Refused { get; } =
        registry.Counter(
            "citadel_server_authentication_failure_count",
            "Callers refused for want of a credential that proves who they are."
        );

    /// <summary>Metrics that are asked rather than counted.</summary>
    public static void Register(MetricRegistry registry, CertificateAuthority authority)
    {
        registry.Gauge(
            "citadel_server_root_cert_expiry_timestamp",
            "Unix time at which the signing root ends, in seconds.",
            () => authority.IsOpen ? Unix(authority.State.Signing.Root.NotAfter) : 0
        );
        registry.Gauge(
            "citadel_server_cert_chain_expiry_timestamp",
            "Unix time at which the certificate that signs ends, in seconds.",
            () => authority.IsOpen ? Unix(authority.State.Signing.Certificate.NotAfter) : 0
        );
        registry.Gauge(
            "mesh_authority_trusted_roots",
            "Roots that proxies are told to trust.",
            () => authority.IsOpen ? authority.Bundle.Roots.Length : 0
        );
    }

    private static double Unix(DateTime time) => new DateTimeOffset(time.ToUniversalTime()).ToUnixTimeSeconds();
}
