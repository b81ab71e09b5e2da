using Mesh.Proxy.Security;

namespace Mesh.Proxy.Identity;

/// <summary>A certificate as it came, with the authority's clock at that moment.</summary>
/// <param name="IssuedAt">By the authority's clock.</param>
internal sealed record IssuedCertificate(WorkloadCertificate Certificate, DateTimeOffset IssuedAt);
