using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// How connections to a service are encrypted: as a DestinationRule asks, and where none does, with mutual TLS towards every endpoint that has a
/// sidecar (Istio, "auto mTLS": the endpoint's metadata says so, and the cluster has a transport socket for those).
/// </summary>
internal static class UpstreamTlsGenerator
{
    private const string TlsMode = "tlsMode";
    private const string Istio = "istio";
    private const string PeerExchange = "istio-peer-exchange";

    /// <summary>The workload's own certificate and the mesh's roots, under the names Istio uses.</summary>
    private const string OwnCertificate = "default";
    private const string MeshRoots = "ROOTCA";
    private const string SecretPrefix = "kubernetes://";

    public static void Generate(
        Pb.Cluster cluster,
        UpstreamTls? tls,
        VisibleService service,
        ServicePort port,
        string subset,
        Client client
    )
    {
        var settings = client.Settings;
        var http2 = UpstreamProtocolGenerator.IsHttp2(port.Protocol, service.Policy?.EffectiveFor(subset, port.Number).ConnectionPool);
        switch (tls?.Mode)
        {
            case UpstreamTlsMode.Disable:
                break;
            case UpstreamTlsMode.IstioMutual:
                cluster.TransportSocket = Mesh(tls, service, port, subset, http2, settings);
                break;
            case not null:
                cluster.TransportSocket = Written(tls, service, http2);
                break;
            // Istio, "PASSTHROUGH": who is behind an address that clients chose is not known, so all must take it, or none is asked to.
            case null when cluster.Type == Pb.Cluster.Types.DiscoveryType.OriginalDst:
                if (service.HasSidecars && service.EndpointsAt(port).All(client.TakesMutualTls))
                {
                    cluster.TransportSocketMatches.Add(Match("tlsMode-istio", new(), Mesh(null, service, port, subset, http2, settings)));
                }

                break;
            case null when service.HasSidecars:
                cluster.TransportSocketMatches.Add(
                    Match("tlsMode-istio", SidecarLabels(), Mesh(null, service, port, subset, http2, settings))
                );
                cluster.TransportSocketMatches.Add(
                    Match("tlsMode-disabled", new(), new() { Name = ExtensionNames.RawBuffer, TypedConfig = Any.Pack(new Pb.RawBuffer()) })
                );
                break;
        }
    }

    /// <summary>What an endpoint with a sidecar has in its metadata.</summary>
    public static Struct SidecarLabels() => new() { Fields = { [TlsMode] = Value.ForString(Istio) } };

    public static Pb.SdsSecretConfig Secret(string name) => new() { Name = name, SdsConfig = XdsMessages.Ads() };

    /// <summary>The certificates that both sides of the mesh use; the proxy has them from the CA.</summary>
    public static Pb.CommonTlsContext MeshContext(Pb.CertificateValidationContext validation)
    {
        var common = new Pb.CommonTlsContext
        {
            CombinedValidationContext = new()
            {
                DefaultValidationContext = validation,
                ValidationContextSdsSecretConfig = Secret(MeshRoots),
            },
        };
        common.TlsCertificateSdsSecretConfigs.Add(Secret(OwnCertificate));
        return common;
    }

    private static Pb.Cluster.Types.TransportSocketMatch Match(string name, Struct labels, Pb.TransportSocket socket) =>
        new()
        {
            Name = name,
            Match = labels,
            TransportSocket = socket,
        };

    private static Pb.TransportSocket Mesh(
        UpstreamTls? tls,
        VisibleService service,
        ServicePort port,
        string subset,
        bool http2,
        MeshSettings settings
    )
    {
        // Who is asked for by name is believed by that name alone, else the accounts of the service's own workloads.
        var names =
            tls is { SubjectAltNames.IsEmpty: false } ? tls.SubjectAltNames
            : !service.Shape.SubjectAltNames.IsEmpty ? service.Shape.SubjectAltNames
            :
            [
                .. service
                    .Accounts.Split(',', StringSplitOptions.RemoveEmptyEntries)
                    .Select(account => account.Split('/'))
                    .SelectMany(account => settings.TrustDomains.Select(domain => $"spiffe://{domain}/ns/{account[0]}/sa/{account[1]}")),
            ];
        var validation = new Pb.CertificateValidationContext();
        AddNames(validation, names);
        var common = MeshContext(validation);
        common.AlpnProtocols.AddRange(http2 ? [PeerExchange, Istio, "h2"] : [PeerExchange, Istio]);
        // Istio's form: the service, port and subset that the client meant.
        return Socket(common, tls?.Sni ?? $"outbound_.{port.Number}_.{subset}_.{service.Shape.Host}", false);
    }

    private static Pb.TransportSocket Written(UpstreamTls tls, VisibleService service, bool http2)
    {
        var host = service.Shape.Host;
        var common = new Pb.CommonTlsContext();
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

        var sni = tls.Sni ?? (HostPattern.IsWildcard(host) || IPAddress.TryParse(host, out _) ? "" : host);
        // Without a CA file the proxy verifies against the system's roots.
        var validation = new Pb.CertificateValidationContext();
        if (tls.CaCertificates is { Length: > 0 } authorities)
        {
            validation.TrustedCa = new() { Filename = authorities };
        }

        if (tls.InsecureSkipVerify)
        {
            validation.TrustChainVerification = Pb.CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted;
        }
        else
        {
            // A server is to have the name it was called by; a trusted certificate of anybody proves nothing.
            AddNames(
                validation,
                !tls.SubjectAltNames.IsEmpty ? tls.SubjectAltNames
                    : !service.Shape.SubjectAltNames.IsEmpty ? service.Shape.SubjectAltNames
                    : sni.Length > 0 ? [sni]
                    : HostPattern.IsWildcard(host) ? []
                    : [host]
            );
        }

        if (tls.RevocationList is { Length: > 0 } revoked)
        {
            validation.Crl = new() { Filename = revoked };
        }

        if (tls.CredentialName is { Length: > 0 } credential)
        {
            common.TlsCertificateSdsSecretConfigs.Add(Secret(SecretPrefix + credential));
        }

        common.ValidationContext = validation;
        if (http2)
        {
            common.AlpnProtocols.Add("h2");
        }

        return Socket(common, sni, autoHostSni: sni.Length == 0);
    }

    private static Pb.TransportSocket Socket(Pb.CommonTlsContext common, string sni, bool autoHostSni) =>
        new()
        {
            Name = ExtensionNames.Tls,
            TypedConfig = Any.Pack(
                new Pb.UpstreamTlsContext
                {
                    CommonTlsContext = common,
                    Sni = sni,
                    AutoHostSni = autoHostSni,
                }
            ),
        };

    private static void AddNames(Pb.CertificateValidationContext validation, IEnumerable<string> names)
    {
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            validation.MatchTypedSubjectAltNames.Add(
                new Pb.SubjectAltNameMatcher
                {
                    SanType =
                        name.Contains("://", StringComparison.Ordinal) ? Pb.SubjectAltNameMatcher.Types.SanType.Uri
                        : IPAddress.TryParse(name, out _) ? Pb.SubjectAltNameMatcher.Types.SanType.IpAddress
                        : Pb.SubjectAltNameMatcher.Types.SanType.Dns,
                    Matcher = new() { Exact = name },
                }
            );
        }
    }
}
