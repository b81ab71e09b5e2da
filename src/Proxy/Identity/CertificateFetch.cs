using Mesh.Proxy.Security;

namespace Mesh.Proxy.Identity;

/// <summary>Gets a certificate for a key that was made just now; <see cref="CertificateClient"/> is the one in production.</summary>
/// <param name="current">What proves who asks, beside the token; null the first time.</param>
/// <exception cref="CertificateException">There is none; the message says why and what to do.</exception>
internal delegate Task<IssuedCertificate> CertificateFetch(WorkloadCertificate? current, CancellationToken cancellation);
