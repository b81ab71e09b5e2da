using System.Collections.Concurrent;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>
/// Tokens whose signatures were checked before, by all their bytes: clients send one many times, and checking costs thousands of times more than
/// looking. Belongs to one set of rules and keys and goes with it. Bounded: two generations, of which the older is dropped when
/// the younger is full; only tokens that verify get in, so that nobody else's are pushed out by forgeries.
/// </summary>
internal sealed class VerifiedTokens
{
    /// <summary>Tokens of one generation: 512.</summary>
    public const int Capacity = 512;

    /// <summary>Longer tokens are verified each time: 4 KiB, as in Envoy.</summary>
    public const int LongestToken = 4096;

    private ConcurrentDictionary<byte[], VerifiedToken> _young = NewGeneration();
    private ConcurrentDictionary<byte[], VerifiedToken> _old = NewGeneration();

    /// <summary>Null where it is not known.</summary>
    public VerifiedToken? Find(ReadOnlySpan<byte> token)
    {
        if (Volatile.Read(ref _young).GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(token, out var found))
        {
            return found;
        }

        if (Volatile.Read(ref _old).GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(token, out found))
        {
            Add(token, found);
        }

        return found;
    }

    public void Add(ReadOnlySpan<byte> token, VerifiedToken verified)
    {
        if (token.Length > LongestToken)
        {
            return;
        }

        var young = Volatile.Read(ref _young);
        if (young.Count >= Capacity)
        {
            var next = NewGeneration();
            if (Interlocked.CompareExchange(ref _young, next, young) == young)
            {
                Volatile.Write(ref _old, young);
            }

            young = Volatile.Read(ref _young);
        }

        young.TryAdd(token.ToArray(), verified);
    }

    private static ConcurrentDictionary<byte[], VerifiedToken> NewGeneration() => new(TokenBytes.Instance);
}
