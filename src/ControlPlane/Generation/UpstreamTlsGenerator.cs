using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The TLS that a DestinationRule asks for, as a transport socket; null for cleartext.</summary>
internal static class UpstreamTlsGenerator
{
    public static Pb.TransportSocket? Generate(UpstreamTls? tls, string host, bool http2)
    {
        if (tls is null or { Mode: UpstreamTlsMode.Disable })
        {
            return null;
        }

        var mesh = tls.Mode == UpstreamTlsMode.IstioMutual;
        var common = new Pb.CommonTlsContext();
        if (mesh)
        {
            // The workload's own certificate and the mesh's roots, under the names Istio uses.
            common.TlsCertificateSdsSecretConfigs.Add(Secret("default"));
            common.CombinedValidationContext = new()
            {
                DefaultValidationContext = Validation(tls),
                ValidationContextSdsSecretConfig = Secret("ROOTCA"),
            };
            common.AlpnProtocols.AddRange(http2 ? ["istio-peer-exchange", "istio", "h2"] : ["istio-peer-exchange", "istio"]);
        }
        else
        {
            if (tls is { Mode: UpstreamTlsMode.Mutual, ClientCertificate: { } certificate, PrivateKey: { } key })
            {
                common.TlsCertificates.Add(
                    new Pb.TlsCertificate
                    {
                        CertificateChain = new() { Filename = certificate },
                        PrivateKey = new() { Filename = key },
                    }
                );
            }

            // Without a CA file the proxy verifies against the system's roots.
            common.ValidationContext = Validation(tls);
            if (http2)
            {
                common.AlpnProtocols.Add("h2");
            }
        }

        var sni = tls.Sni ?? (mesh || HostPattern.IsWildcard(host) ? "" : host);
        return new()
        {
            Name = ExtensionNames.Tls,
            TypedConfig = Any.Pack(
                new Pb.UpstreamTlsContext
                {
                    CommonTlsContext = common,
                    Sni = sni,
                    AutoHostSni = sni.Length == 0 && !mesh,
                }
            ),
        };
    }

    private static Pb.SdsSecretConfig Secret(string name) => new() { Name = name, SdsConfig = XdsMessages.Ads() };

    private static Pb.CertificateValidationContext Validation(UpstreamTls tls)
    {
        var result = new Pb.CertificateValidationContext();
        if (tls.CaCertificates is { Length: > 0 } authorities)
        {
            result.TrustedCa = new() { Filename = authorities };
        }

        if (tls.InsecureSkipVerify)
        {
            result.TrustChainVerification = Pb.CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted;
            return result;
        }

        foreach (var name in tls.SubjectAltNames.Order(StringComparer.Ordinal))
        {
            result.MatchTypedSubjectAltNames.Add(
                new Pb.SubjectAltNameMatcher
                {
                    SanType = name.Contains("://", StringComparison.Ordinal)
                        ? Pb.SubjectAltNameMatcher.Types.SanType.Uri
                        : Pb.SubjectAltNameMatcher.Types.SanType.Dns,
                    Matcher = new() { Exact = name },
                }
            );
        }

        return result;
    }
}
