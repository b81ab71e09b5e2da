using System.Collections.Immutable;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: the transport sockets of a cluster.</summary>
internal static class TransportReader
{
    /// <summary>
    /// Null where a socket asks for what is not supported: sending in clear what was asked to be encrypted would widen who may read it, and refusing
    /// the response would stop all other clusters.
    /// </summary>
    public static TransportPlan? Read(Pb.Cluster cluster, TcpKeepalive? keepalive, ProblemList problems)
    {
        var sound = true;
        var tls = Socket(cluster.TransportSocket, "transport_socket");
        var matches = ImmutableArray.CreateBuilder<TransportPlan.Match>();
        for (var i = 0; i < cluster.TransportSocketMatches.Count; i++)
        {
            var match = cluster.TransportSocketMatches[i];
            matches.Add(new(EndpointLabels.Of(match.Match), Socket(match.TransportSocket, $"transport_socket_matches[{i}]")));
        }

        return !sound ? null
            : tls is null && keepalive is null && matches.Count == 0 ? TransportPlan.Plain
            : new()
            {
                Keepalive = keepalive,
                Tls = tls,
                Matches = matches.ToImmutable(),
            };

        TlsClientSettings? Socket(Pb.TransportSocket? socket, string field)
        {
            if (socket is null || socket.Name == ExtensionNames.RawBuffer)
            {
                return null;
            }

            var notes = new List<string>();
            TlsClientSettings? settings = null;
            if (!PbReading.Is<Pb.UpstreamTlsContext>(socket.TypedConfig))
            {
                notes.Add($"'{socket.Name}' ({socket.TypedConfig?.TypeUrl}) is not supported");
            }
            else if (PbReading.Unpack<Pb.UpstreamTlsContext>(socket.TypedConfig, field, problems) is { } context)
            {
                settings = Client(context, notes);
            }

            foreach (var note in notes)
            {
                problems.Note(field, $"{note}, so everything sent to this cluster fails");
            }

            sound &= settings is not null && notes.Count == 0;
            return settings;
        }
    }

    private static TlsClientSettings Client(Pb.UpstreamTlsContext context, List<string> notes)
    {
        var common = context.CommonTlsContext ?? new();
        var (validation, trustsMesh) = Validation(common, notes);
        if (common.TlsCertificateSdsSecretConfigs.Any(secret => secret.Name != TlsContextReader.OwnCertificate))
        {
            notes.Add($"a certificate by SDS other than '{TlsContextReader.OwnCertificate}' is not supported");
        }

        var certificate = common.TlsCertificates.FirstOrDefault();
        return new()
        {
            OwnIdentity = common.TlsCertificateSdsSecretConfigs.Count > 0,
            Certificate = certificate is null ? null : TlsContextReader.Pem(certificate.CertificateChain, notes),
            Key = certificate is null ? null : TlsContextReader.Pem(certificate.PrivateKey, notes),
            Trust =
                validation.TrustChainVerification == Pb.CertificateValidationContext.Types.TrustChainVerification.AcceptUntrusted
                    ? TrustKind.Anyone
                : trustsMesh ? TrustKind.Mesh
                : validation.TrustedCa is not null ? TrustKind.Authorities
                : TrustKind.System,
            Authorities = validation.TrustedCa is { } ca && !trustsMesh ? TlsContextReader.Pem(ca, notes) : null,
            Revoked = validation.Crl is { } crl ? TlsContextReader.Pem(crl, notes) : null,
            Names = Names(validation, notes),
            ServerName = context.Sni,
            Protocols = [.. common.AlpnProtocols],
            Versions = TlsContextReader.Versions(common.TlsParams, notes),
        };
    }

    private static (Pb.CertificateValidationContext Validation, bool TrustsMesh) Validation(Pb.CommonTlsContext common, List<string> notes)
    {
        var secret = common.ValidationContextTypeCase switch
        {
            Pb.CommonTlsContext.ValidationContextTypeOneofCase.ValidationContextSdsSecretConfig => common.ValidationContextSdsSecretConfig,
            Pb.CommonTlsContext.ValidationContextTypeOneofCase.CombinedValidationContext => common
                .CombinedValidationContext
                .ValidationContextSdsSecretConfig,
            _ => null,
        };
        var validation =
            common.ValidationContextTypeCase == Pb.CommonTlsContext.ValidationContextTypeOneofCase.CombinedValidationContext
                ? common.CombinedValidationContext.DefaultValidationContext
                : common.ValidationContext;
        if (secret is not null && secret.Name != TlsContextReader.MeshRoots)
        {
            notes.Add($"authorities by SDS other than '{TlsContextReader.MeshRoots}' are not supported");
        }

        validation ??= new();
        TlsContextReader.RefuseUnknown(validation, notes);
        if (secret is not null && validation.Crl is not null)
        {
            notes.Add("revocation lists for the mesh's own certificates are not supported");
        }

        return (validation, secret is not null);
    }

    internal static ImmutableArray<NameRule> Names(Pb.CertificateValidationContext validation, List<string> notes) =>
        [
            .. validation
                .MatchTypedSubjectAltNames.Select(typed => Name(Kind(typed.SanType), typed.Matcher, notes))
                .Concat(validation.MatchSubjectAltNames.Select(matcher => Name(NameKind.Any, matcher, notes)))
                .OfType<NameRule>(),
        ];

    private static NameKind Kind(Pb.SubjectAltNameMatcher.Types.SanType type) =>
        type switch
        {
            Pb.SubjectAltNameMatcher.Types.SanType.Uri => NameKind.Uri,
            Pb.SubjectAltNameMatcher.Types.SanType.IpAddress => NameKind.Address,
            Pb.SubjectAltNameMatcher.Types.SanType.Dns => NameKind.Dns,
            _ => NameKind.Any,
        };

    private static NameRule? Name(NameKind kind, Pb.StringMatcher? matcher, List<string> notes)
    {
        switch (matcher?.MatchPatternCase)
        {
            case Pb.StringMatcher.MatchPatternOneofCase.Exact:
                return new(kind, NameMatch.Exact, matcher.Exact);
            case Pb.StringMatcher.MatchPatternOneofCase.Prefix:
                return new(kind, NameMatch.Prefix, matcher.Prefix);
            case Pb.StringMatcher.MatchPatternOneofCase.Suffix:
                return new(kind, NameMatch.Suffix, matcher.Suffix);
            case Pb.StringMatcher.MatchPatternOneofCase.Contains:
                return new(kind, NameMatch.Contains, matcher.Contains);
            default:
                notes.Add($"a subject alternative name by {matcher?.MatchPatternCase.ToString() ?? "nothing"} is not supported");
                return null;
        }
    }
}
