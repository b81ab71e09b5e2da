using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The filter chains of one inbound port, by how it takes connections (Istio, "filter chains for PeerAuthentication"): TLS whose ALPN is the mesh's is
/// terminated; under PERMISSIVE other TLS is the application's own and passes through, and plaintext goes on as without; under STRICT all TLS is
/// terminated and there is no chain for anything else.
/// </summary>
/// <param name="name">Of the chain for what is neither HTTP nor encrypted.</param>
/// <param name="port">Zero for all ports without chains of their own.</param>
/// <param name="http">Null where HTTP is not read.</param>
/// <param name="tcp">What takes other connections.</param>
/// <param name="sniffs">The first bytes say whether it is HTTP.</param>
/// <param name="settings">Name the trust domains whose identities are taken.</param>
internal sealed class InboundChains(
    string name,
    int port,
    Pb.Filter? http,
    ImmutableArray<Pb.Filter> tcp,
    bool sniffs,
    MeshSettings settings
)
{
    private const string Tls = "tls";

    private static readonly ImmutableArray<string> MeshHttp = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
    private static readonly ImmutableArray<string> MeshTcp = ["istio", "istio-peer-exchange"];

    public IEnumerable<Pb.FilterChain> Of(PeerMode mode)
    {
        if (mode != PeerMode.Disable)
        {
            foreach (var chain in Encrypted(strict: mode == PeerMode.Strict))
            {
                yield return chain;
            }
        }

        if (mode == PeerMode.Strict)
        {
            yield break;
        }

        if (http is not null)
        {
            yield return XdsMessages.Chain(sniffs ? name + "_http" : name, Match(sniffs ? XdsMessages.SniffedHttp() : new()), http);
            if (!sniffs && mode == PeerMode.Permissive)
            {
                yield return XdsMessages.Chain(name + "_tls", Match(new() { TransportProtocol = Tls }), tcp);
            }
        }

        if (http is null || sniffs)
        {
            yield return XdsMessages.Chain(name, Match(new()), tcp);
        }
    }

    private IEnumerable<Pb.FilterChain> Encrypted(bool strict)
    {
        if (http is not null)
        {
            // Who says by ALPN that he speaks no HTTP is not asked to prove it.
            ImmutableArray<string> wanted =
                sniffs ? MeshHttp
                : strict ? []
                : [.. MeshTcp, .. MeshHttp];
            yield return Terminated(name + "_http_mtls", wanted, [http], ["h2", "http/1.1"]);
        }

        if (http is null || sniffs)
        {
            yield return Terminated(name + "_mtls", strict ? [] : MeshTcp, tcp, ["istio"]);
        }
    }

    private Pb.FilterChain Terminated(
        string chainName,
        ImmutableArray<string> offered,
        ImmutableArray<Pb.Filter> filters,
        ImmutableArray<string> protocols
    )
    {
        var match = Match(new() { TransportProtocol = Tls });
        match.ApplicationProtocols.AddRange(offered);
        var chain = XdsMessages.Chain(chainName, match, filters);
        // Roots may be shared with other meshes, identities are not (Istio, "trust domain validation").
        var validation = new Pb.CertificateValidationContext();
        validation.MatchTypedSubjectAltNames.AddRange(
            settings.TrustDomains.Select(domain => new Pb.SubjectAltNameMatcher
            {
                SanType = Pb.SubjectAltNameMatcher.Types.SanType.Uri,
                Matcher = new() { Prefix = $"spiffe://{domain}/" },
            })
        );
        var common = UpstreamTlsGenerator.MeshContext(validation);
        common.AlpnProtocols.AddRange(protocols);
        chain.TransportSocket = new()
        {
            Name = ExtensionNames.Tls,
            TypedConfig = Any.Pack(new Pb.DownstreamTlsContext { CommonTlsContext = common, RequireClientCertificate = true }),
        };
        return chain;
    }

    private Pb.FilterChainMatch Match(Pb.FilterChainMatch match)
    {
        if (port > 0)
        {
            match.DestinationPort = (uint)port;
        }

        return match;
    }
}
