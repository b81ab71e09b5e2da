using System.Collections.Concurrent;
using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Xds;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// Results of generation, found again by their inputs and, where inputs are new, by their content: nodes and snapshots share one
/// <see cref="XdsResource"/>. Functions of the key only, so that it does not matter which thread or snapshot asked first.
/// </summary>
internal sealed class GenerationMemo
{
    // A node that is slow to ask skips snapshots; what it has is kept for a few more, then costs one rebuild.
    private const long KeptSnapshots = 8;

    private readonly ConcurrentDictionary<MemoKey, MemoEntry> byInputs = new();
    private readonly ConcurrentDictionary<(string TypeUrl, string Name, string Version), MemoEntry> byContent = new();
    private readonly ConcurrentDictionary<string, MemoEntry> byClient = new(StringComparer.Ordinal);
    private long snapshot;
    private long builds;

    /// <summary>How many resources were built so far, equal ones included.</summary>
    public long Builds => Interlocked.Read(ref builds);

    /// <summary>A new snapshot begins: forgets what the last few did not use.</summary>
    public void Advance()
    {
        var oldest = Interlocked.Increment(ref snapshot) - KeptSnapshots;
        Prune(byInputs, oldest);
        Prune(byContent, oldest);
        Prune(byClient, oldest);
    }

    /// <summary>The resources of these inputs, built the first time.</summary>
    public ImmutableArray<XdsResource> Resources(MemoKey key, Func<IEnumerable<(string Name, IMessage Message)>> build) =>
        ResourceEntry(key, build).Get<ResourceList>().All;

    /// <summary>The same as an entry, by which they are found again without their key.</summary>
    public MemoEntry ResourceEntry(MemoKey key, Func<IEnumerable<(string Name, IMessage Message)>> build) =>
        Entry(key, () => new ResourceList([.. build().Select(made => Shared(XdsResource.Create(made.Name, made.Message)))]));

    /// <summary>The same for resources that are serialised already.</summary>
    public ImmutableArray<XdsResource> Prepared(MemoKey key, Func<XdsResource> build) =>
        Entry(key, () => new ResourceList([Shared(build())])).Get<ResourceList>().All;

    /// <summary>A part of resources, built the first time.</summary>
    public T Part<T>(MemoKey key, Func<T> build)
        where T : class => (T)Find(byInputs, key, build);

    /// <summary>The same as an entry, by which it is found again without its key.</summary>
    public MemoEntry Entry<T>(MemoKey key, Func<T> build)
        where T : class
    {
        if (!byInputs.TryGetValue(key, out var entry))
        {
            entry = byInputs.GetOrAdd(key, new MemoEntry(build()));
        }

        Use(entry);
        return entry;
    }

    /// <summary>The entry is of use in this snapshot, too: whoever asks by its key next finds it.</summary>
    public void Use(MemoEntry entry) => entry.LastUsed = Interlocked.Read(ref snapshot);

    /// <summary>
    /// What was made last under a name, and how; null for nothing. A hint, of any snapshot: the caller compares the inputs before it takes
    /// anything from it.
    /// </summary>
    public T? Last<T>(string name)
        where T : class => byClient.TryGetValue(name, out var entry) ? entry.Value as T : null;

    /// <summary>For <see cref="Last"/>.</summary>
    public void Remember(string name, object made)
    {
        var entry = new MemoEntry(made);
        Use(entry);
        byClient[name] = entry;
    }

    /// <summary>All resources of a type that one node gets; shared by those who get the same.</summary>
    public TypeResources Type(string typeUrl, IEnumerable<XdsResource> resources)
    {
        var all = resources.ToImmutableArray();
        return (TypeResources)Find(byInputs, new MemoKey([typeUrl, .. all]), () => TypeResources.Create(typeUrl, all));
    }

    /// <summary>All that one node gets; shared by those who get the same.</summary>
    public ResourceSet Set(params ImmutableArray<TypeResources> types) =>
        (ResourceSet)Find(byInputs, new MemoKey([nameof(Set), .. types]), () => ResourceSet.Create(types));

    private XdsResource Shared(XdsResource made)
    {
        Interlocked.Increment(ref builds);
        return (XdsResource)Find(byContent, (made.TypeUrl, made.Name, made.Version), () => made);
    }

    private object Find<TKey>(ConcurrentDictionary<TKey, MemoEntry> entries, TKey key, Func<object> build)
        where TKey : notnull
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entry = entries.GetOrAdd(key, new MemoEntry(build()));
        }

        entry.LastUsed = Interlocked.Read(ref snapshot);
        return entry.Value;
    }

    private static void Prune<TKey>(ConcurrentDictionary<TKey, MemoEntry> entries, long oldest)
        where TKey : notnull
    {
        foreach (var (key, entry) in entries)
        {
            if (entry.LastUsed < oldest)
            {
                entries.TryRemove(key, out _);
            }
        }
    }
}
