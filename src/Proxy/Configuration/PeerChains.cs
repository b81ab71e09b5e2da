using System.Collections.Immutable;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// The chains of a port that are told apart by encryption. Mutual TLS ends here where a chain for what the client offers by ALPN says so; other TLS
/// passes through where a chain takes it; the rest is plaintext, whose chains stand in the listener itself.
/// </summary>
internal sealed class PeerChains
{
    private readonly ImmutableArray<Terminated> _terminated;

    private readonly bool _passesApart;

    private PeerChains(ImmutableArray<Terminated> terminated, CompiledChain? passing, bool takesPlaintext, TimeSpan patience)
    {
        Passing = passing is null ? ChainTarget.Nobody : ChainTarget.Of(passing);
        _passesApart = passing is { Plan.TlsOnly: true };
        _terminated = terminated;
        TakesPlaintext = takesPlaintext;
        Patience = patience;
    }

    /// <summary>What takes TLS that does not end here; nobody where it is refused.</summary>
    public ChainTarget Passing { get; }

    /// <summary>False under STRICT.</summary>
    public bool TakesPlaintext { get; }

    /// <summary>How long a client that may be waiting for the server to speak first may take to begin with TLS.</summary>
    public TimeSpan Patience { get; }

    /// <summary>The first bytes make a difference; without an identity, on a port that is not HTTP's, they do not.</summary>
    public bool Looks => !TakesPlaintext || !_terminated.IsEmpty || _passesApart;

    /// <summary>Mutual TLS is taken here.</summary>
    public bool EndsTls => !_terminated.IsEmpty;

    /// <summary>Null where no chain asks about encryption.</summary>
    public static PeerChains? Compile(ImmutableArray<CompiledChain> chains, TimeSpan patience, CompileContext context)
    {
        if (!chains.Any(chain => chain.Plan.Tls is not null))
        {
            return null;
        }

        // Without an identity there is no TLS to end: what may come in the clear does, the rest is refused.
        var terminated = context.Identity is { } identity
            ? chains
                .Where(chain => chain.Plan.Tls is not null)
                .Select(chain => new Terminated(
                    chain.Plan.Offered,
                    ChainTarget.Of(chain),
                    new TlsServer(chain.Plan.Tls!, identity, context.Time)
                ))
                .ToImmutableArray()
            : [];
        var others = chains.Where(chain => chain.Plan.Tls is null).ToImmutableArray();
        var plain = others.Where(chain => !chain.Plan.TlsOnly).ToImmutableArray();
        var passing = others.Where(chain => chain.Plan.TlsOnly).Concat(plain.Where(chain => chain.Tcp is not null)).FirstOrDefault();
        return new(terminated, passing, !plain.IsEmpty, patience);
    }

    /// <summary>The chain that ends TLS for these offers: the client's best first (Envoy, "application_protocols"); null for none.</summary>
    public Terminated? Find(ImmutableArray<string> offered)
    {
        if (!offered.IsDefaultOrEmpty)
        {
            foreach (var protocol in offered)
            {
                foreach (var chain in _terminated)
                {
                    if (chain.Offered.Contains(protocol, StringComparer.Ordinal))
                    {
                        return chain;
                    }
                }
            }
        }

        return _terminated.FirstOrDefault(chain => chain.Offered.IsEmpty);
    }

    /// <summary>A chain that ends TLS.</summary>
    /// <param name="Offered">By ALPN; empty for anything.</param>
    internal sealed record Terminated(ImmutableArray<string> Offered, ChainTarget Target, TlsServer Server);
}
