using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mesh.Xds;

namespace Mesh.Proxy.Configuration;

/// <summary>All accepted resources at one moment: what the compiler reads and the cache file keeps. Immutable.</summary>
internal sealed class XdsSet
{
    private static readonly ImmutableDictionary<string, XdsEntry> NoEntries = ImmutableDictionary.Create<string, XdsEntry>(
        StringComparer.Ordinal
    );

    private readonly ImmutableDictionary<string, ImmutableDictionary<string, XdsEntry>> _types;
    private readonly ulong _sum;

    private XdsSet(ImmutableDictionary<string, ImmutableDictionary<string, XdsEntry>> types, ulong sum)
    {
        _types = types;
        _sum = sum;
    }

    public static XdsSet Empty { get; } =
        new(ImmutableDictionary.Create<string, ImmutableDictionary<string, XdsEntry>>(StringComparer.Ordinal), 0);

    /// <summary>
    /// Depends on the names and versions of the resources alone, not on the order they came in. Secrets do not count: whom to trust is no part of the
    /// configuration that is compiled.
    /// </summary>
    public string Version => _sum.ToString("x16");

    public IEnumerable<XdsEntry> All => _types.Values.SelectMany(t => t.Values);

    /// <summary>All resources of a type by name; empty, never null.</summary>
    public ImmutableDictionary<string, XdsEntry> Of(string typeUrl) => _types.GetValueOrDefault(typeUrl, NoEntries);

    public bool Has(ResourceRef reference) => Of(reference.TypeUrl).ContainsKey(reference.Name);

    /// <summary>A set with some resources of one type replaced or added, and others gone.</summary>
    public XdsSet With(string typeUrl, IEnumerable<XdsEntry> changed, IEnumerable<string> removed)
    {
        var entries = Of(typeUrl).ToBuilder();
        var sum = _sum;
        foreach (var entry in changed)
        {
            if (entries.TryGetValue(entry.Name, out var old))
            {
                sum -= HashOf(old);
            }

            entries[entry.Name] = entry;
            sum += HashOf(entry);
        }

        foreach (var name in removed)
        {
            if (entries.Remove(name, out var old))
            {
                sum -= HashOf(old);
            }
        }

        return new XdsSet(_types.SetItem(typeUrl, entries.ToImmutable()), sum);
    }

    /// <summary>References that no resource of this set answers; host names are not looked at.</summary>
    public ImmutableHashSet<ResourceRef> Missing()
    {
        var missing = ImmutableHashSet.CreateBuilder<ResourceRef>();
        foreach (var entry in All)
        {
            foreach (var reference in entry.References)
            {
                if (reference.TypeUrl != ResourceRef.DnsName && !Has(reference))
                {
                    missing.Add(reference);
                }
            }
        }

        return missing.ToImmutable();
    }

    // A sum of hashes changes with one resource in constant time; a hash over the sorted set would cost the whole set each time.
    private static ulong HashOf(XdsEntry entry)
    {
        if (entry.TypeUrl == TypeUrls.Secret)
        {
            return 0;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{entry.TypeUrl}\0{entry.Name}\0{entry.Version}"), digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
