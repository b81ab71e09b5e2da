using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: the table of a listener's chains; null where nothing finer than the port tells them apart.</summary>
internal static class ChainTableCompiler
{
    public static ChainTable? Compile(ImmutableArray<CompiledChain> chains)
    {
        if (!chains.Any(chain => chain.Plan.IsFiner))
        {
            return null;
        }

        var last = Target(chains.Where(chain => chain.Plan.IsDefault));
        var own = chains.Where(chain => !chain.Plan.IsDefault).ToImmutableArray();
        var ranges = own.SelectMany(chain => chain.Plan.Ranges).Distinct();
        return new ChainTable(
            [.. ranges.Select(range => (range, Named(own.Where(chain => chain.Plan.Ranges.Contains(range)), last)))],
            Named(own.Where(chain => chain.Plan.Ranges.IsEmpty), last)
        );
    }

    private static NamedChains Named(IEnumerable<CompiledChain> chains, ChainTarget last)
    {
        var all = chains.ToImmutableArray();
        var exact = new Dictionary<string, ChainTarget>(StringComparer.Ordinal);
        var suffixes = new Dictionary<string, ChainTarget>(StringComparer.Ordinal);
        foreach (var (chain, name) in all.SelectMany(chain => chain.Plan.ServerNames.Select(name => (chain, name))))
        {
            var (names, key) = name.StartsWith("*.", StringComparison.Ordinal) ? (suffixes, name[1..]) : (exact, name);
            var target = ChainTarget.Of(chain);
            names[key] = names.TryGetValue(key, out var other) ? other.Or(target) : target;
        }

        var unnamed = all.Where(chain => chain.Plan.ServerNames.IsEmpty).ToImmutableArray();
        var anyTls = unnamed.Where(chain => chain.Plan.TlsOnly).ToImmutableArray();
        return new NamedChains(
            exact.ToFrozenDictionary(StringComparer.Ordinal),
            suffixes.ToFrozenDictionary(StringComparer.Ordinal),
            anyTls.IsEmpty ? null : Target(anyTls),
            Target(unnamed.Where(chain => !chain.Plan.TlsOnly)).Or(last)
        );
    }

    private static ChainTarget Target(IEnumerable<CompiledChain> chains) =>
        chains.Aggregate(ChainTarget.Nobody, (target, chain) => target.Or(ChainTarget.Of(chain)));
}
