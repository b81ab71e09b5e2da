using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>
/// Finds what a host name stands for in Envoy's search order: exact, then <c>*.suffix</c> (longest first), then <c>prefix.*</c>
/// (longest first), then <c>*</c>. A wildcard stands for at least one byte.
/// </summary>
internal sealed class DomainIndex<T>
    where T : class
{
    private readonly ByteTable<T> _exact;
    private readonly ByteTable<T> _suffixes;
    private readonly ByteTable<T> _prefixes;
    private readonly int[] _suffixLengths;
    private readonly int[] _prefixLengths;

    /// <summary>Of equal domains the first is kept.</summary>
    public DomainIndex(IEnumerable<(string Domain, T Value)> domains)
    {
        var exact = new List<(byte[], T)>();
        var suffixes = new List<(byte[] Key, T)>();
        var prefixes = new List<(byte[] Key, T)>();
        foreach (var (written, value) in domains)
        {
            var domain = Domain.Normalize(written);
            if (domain == "*")
            {
                Any ??= value;
            }
            else if (domain.StartsWith('*'))
            {
                suffixes.Add((Encoding.UTF8.GetBytes(domain[1..]), value));
            }
            else if (domain.EndsWith('*'))
            {
                prefixes.Add((Encoding.UTF8.GetBytes(domain[..^1]), value));
            }
            else
            {
                exact.Add((Encoding.UTF8.GetBytes(domain), value));
            }
        }

        _exact = new(exact);
        _suffixes = new(suffixes);
        _prefixes = new(prefixes);
        _suffixLengths = LongestFirst(suffixes.Select(item => item.Key));
        _prefixLengths = LongestFirst(prefixes.Select(item => item.Key));
    }

    /// <summary>What <c>*</c> stands for.</summary>
    public T? Any { get; }

    public T? Find(ReadOnlySpan<byte> host)
    {
        if (_exact.Find(host) is { } exact)
        {
            return exact;
        }

        foreach (var length in _suffixLengths)
        {
            if (length < host.Length && _suffixes.Find(host[^length..]) is { } bySuffix)
            {
                return bySuffix;
            }
        }

        foreach (var length in _prefixLengths)
        {
            if (length < host.Length && _prefixes.Find(host[..length]) is { } byPrefix)
            {
                return byPrefix;
            }
        }

        return Any;
    }

    private static int[] LongestFirst(IEnumerable<byte[]> keys) => [.. keys.Select(key => key.Length).Distinct().OrderDescending()];
}
