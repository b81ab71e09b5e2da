using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Certificates;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Admin;

/// <summary><c>/certs</c> in Envoy's form: the certificate that is shown to peers and the roots that peers are judged by. Never a key.</summary>
internal static class CertificatePage
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(WorkloadCertificate? current, DateTimeOffset now)
    {
        var time = now + (current?.ClockSkew ?? default);
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                certificates = current is null
                    ? []
                    : new object[]
                    {
                        new
                        {
                            ca_cert = current.Roots.Select(root => Describe(root, time)),
                            cert_chain = current.Intermediates.Prepend(current.Leaf).Select(link => Describe(link, time)),
                        },
                    },
            },
            Indented
        );
    }

    private static object Describe(X509Certificate2 certificate, DateTimeOffset now) =>
        new
        {
            path = "<inline>",
            serial_number = certificate.SerialNumber.ToLowerInvariant(),
            subject_alt_names = certificate
                .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(names => SubjectAlternativeUris.In(names.RawData))
                .Select(uri => new { uri }),
            days_until_expiration = Math.Max(0, (long)(certificate.NotAfter.ToUniversalTime() - now.UtcDateTime).TotalDays)
                .ToString(System.Globalization.CultureInfo.InvariantCulture),
            valid_from = certificate.NotBefore.ToUniversalTime(),
            expiration_time = certificate.NotAfter.ToUniversalTime(),
        };
}
