using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Security;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

/// <summary>Inbound chains that differ by encryption, as a control plane sends them.</summary>
public sealed class PeerChainsTests
{
    private static readonly string[] Mesh = ["istio", "istio-http/1.1", "istio-h2"];

    [Fact]
    public void Permissive_ends_the_meshs_TLS_and_takes_plaintext()
    {
        var listener = Compile(new IdentityStore(), Terminated(TcpChain("mtls", Tls(Mesh))), TcpChain("plain", OnPort(80)));

        var peers = listener.Peers!;
        Assert.True(peers is { TakesPlaintext: true, Looks: true, EndsTls: true });
        Assert.Equal("mtls", NameOf(peers.Find(["istio"])?.Target));
        Assert.Equal("mtls", NameOf(peers.Find(["h2", "istio-h2"])?.Target));
        Assert.Null(peers.Find(["h2"]));
        Assert.Null(peers.Find([]));
        Assert.Equal("plain", NameOf(peers.Passing));
        Assert.Equal("plain", listener.Tcp!.Destinations[0].ClusterName);
    }

    [Fact]
    public void Strict_takes_nothing_else()
    {
        var listener = Compile(new IdentityStore(), Terminated(TcpChain("mtls", Tls())));

        var peers = listener.Peers!;
        Assert.True(peers is { TakesPlaintext: false, Looks: true, EndsTls: true });
        Assert.Equal("mtls", NameOf(peers.Find([])?.Target));
        Assert.Null(peers.Passing.Tcp);
        Assert.Null(listener.Tcp);
    }

    [Fact]
    public void What_the_client_likes_best_decides_between_chains()
    {
        var listener = Compile(
            new IdentityStore(),
            Terminated(TcpChain("tcp", Tls("istio"))),
            Terminated(TcpChain("http", Tls("istio-http/1.1"))),
            Terminated(TcpChain("rest", Tls()))
        );

        Assert.Equal("http", NameOf(listener.Peers!.Find(["istio-http/1.1", "istio"])?.Target));
        Assert.Equal("tcp", NameOf(listener.Peers!.Find(["istio", "istio-http/1.1"])?.Target));
        Assert.Equal("rest", NameOf(listener.Peers!.Find(["other"])?.Target));
    }

    [Fact]
    public void Without_an_identity_permissive_waits_for_nothing_and_strict_takes_nobody()
    {
        var permissive = Compile(null, Terminated(TcpChain("mtls", Tls(Mesh))), TcpChain("plain", OnPort(80)));
        Assert.True(permissive.Peers is { TakesPlaintext: true, Looks: false, EndsTls: false });
        Assert.Null(permissive.Peers!.Find(["istio"]));

        var strict = Compile(null, Terminated(TcpChain("mtls", Tls())));
        Assert.True(strict.Peers is { TakesPlaintext: false, EndsTls: false });
        Assert.Null(strict.Peers!.Find(["istio"]));
        Assert.Null(strict.Tcp);
    }

    [Theory]
    [InlineData("spiffe://old.example/ns/shop/sa/web", true)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/web", true)]
    [InlineData("spiffe://withdrawn.example/ns/shop/sa/web", false)]
    public void A_connection_lasts_as_long_as_its_client_s_trust_domain_is_one_of_the_mesh(string client, bool taken)
    {
        var listener = Compile(
            new IdentityStore(),
            Terminated(
                TcpChain("mtls", Tls(Mesh)),
                context =>
                    context.CommonTlsContext.CombinedValidationContext.DefaultValidationContext.MatchTypedSubjectAltNames.AddRange(
                        new[] { "cluster.local", "old.example" }.Select(domain => new Pb.SubjectAltNameMatcher
                        {
                            SanType = Pb.SubjectAltNameMatcher.Types.SanType.Uri,
                            Matcher = new() { Prefix = $"spiffe://{domain}/" },
                        })
                    )
            ),
            TcpChain("plain", OnPort(80))
        );
        var address = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 80);
        var target = new ConnectionTarget
        {
            Inbound = true,
            Destination = address,
            Bound = null,
            Port = address.Port,
            Local = address,
            Remote = new IPEndPoint(IPAddress.Parse("10.0.0.2"), 40000),
            IsMutualTls = true,
            Protocols = ["istio"],
            Peer = PeerIdentity.Parse(client),
        };

        var traffic = ListenerTraffic.Of(ListenerTraffic.Of(listener, address.Address), listener.Peers!, target);

        Assert.Equal(taken, !traffic.IsRefused);
    }

    [Theory]
    [InlineData("a certificate of somebody else", "certificate must be 'default'")]
    [InlineData("clients without certificates", "require_client_certificate must be true")]
    [InlineData("other roots", "'ROOTCA'")]
    [InlineData("pinned certificates", "pinned certificates")]
    public void What_would_take_others_than_peers_is_refused(string what, string problem)
    {
        var chain = Terminated(
            TcpChain("mtls", Tls()),
            context =>
            {
                var common = context.CommonTlsContext;
                switch (what)
                {
                    case "a certificate of somebody else":
                        common.TlsCertificateSdsSecretConfigs[0].Name = "other";
                        break;
                    case "clients without certificates":
                        context.RequireClientCertificate = false;
                        break;
                    case "other roots":
                        common.CombinedValidationContext.ValidationContextSdsSecretConfig.Name = "other";
                        break;
                    default:
                        common.CombinedValidationContext.DefaultValidationContext.VerifyCertificateHash.Add("00");
                        break;
                }
            }
        );

        Assert.Contains(ProblemsOf(VirtualInbound(null, chain)), found => found.Contains(problem, StringComparison.Ordinal));
    }

    private static ListenerConfig Compile(IdentityStore? identity, params Pb.FilterChain[] chains)
    {
        var context = new CompileContext
        {
            Capture = CaptureMode.Redirect,
            NodeAddress = IPAddress.Loopback,
            Application = null,
            Identity = identity,
        };
        var config = ConfigCompiler.Compile(Set(VirtualInbound(null, chains)), null, context);
        return config.Inbound.Find(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 80))!;
    }

    private static Pb.FilterChainMatch Tls(params string[] offered) =>
        new()
        {
            DestinationPort = 80,
            TransportProtocol = "tls",
            ApplicationProtocols = { offered },
        };

    private static Pb.FilterChain Terminated(Pb.FilterChain chain, Action<Pb.DownstreamTlsContext>? more = null)
    {
        var context = new Pb.DownstreamTlsContext
        {
            RequireClientCertificate = true,
            CommonTlsContext = new()
            {
                TlsCertificateSdsSecretConfigs = { new Pb.SdsSecretConfig { Name = "default" } },
                CombinedValidationContext = new()
                {
                    DefaultValidationContext = new(),
                    ValidationContextSdsSecretConfig = new() { Name = "ROOTCA" },
                },
            },
        };
        more?.Invoke(context);
        chain.TransportSocket = new() { Name = ExtensionNames.Tls, TypedConfig = Any.Pack(context) };
        // Chains are told apart by name.
        chain.Name = Guid.NewGuid().ToString();
        return chain;
    }

    private static string? NameOf(ChainTarget? target) => target?.Tcp?.Destinations[0].ClusterName;
}
