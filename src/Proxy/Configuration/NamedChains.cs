using System.Collections.Frozen;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// The chains for one range of destinations, told apart by the server name that the client asks for: an exact name, else the longest
/// <c>*.suffix</c>, else TLS with any name or none, else everything.
/// </summary>
internal sealed class NamedChains(
    FrozenDictionary<string, ChainTarget> exact,
    FrozenDictionary<string, ChainTarget> suffixes,
    ChainTarget? anyTls,
    ChainTarget rest
)
{
    /// <summary>For connections that are not TLS, or whose name nobody has.</summary>
    public ChainTarget Rest => rest;

    /// <summary>The client's first bytes have to be seen before anything can be said.</summary>
    public bool AsksForHello => exact.Count + suffixes.Count > 0 || anyTls is not null;

    public IEnumerable<ChainTarget> Targets => exact.Values.Concat(suffixes.Values).Concat(anyTls is null ? [] : [anyTls]).Append(rest);

    /// <summary>The chain of a TLS connection.</summary>
    /// <param name="serverName">In lower case; null where the client named none.</param>
    public ChainTarget Find(string? serverName)
    {
        if (serverName is not null)
        {
            if (exact.TryGetValue(serverName, out var found))
            {
                return found;
            }

            for (var dot = serverName.IndexOf('.'); dot >= 0; dot = serverName.IndexOf('.', dot + 1))
            {
                if (suffixes.TryGetValue(serverName[dot..], out var wider))
                {
                    return wider;
                }
            }
        }

        return anyTls ?? rest;
    }
}
