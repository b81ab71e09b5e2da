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

    private readonly ConcurrentDictionary<MemoKey, Entry> byInputs = new();
    private readonly ConcurrentDictionary<(string TypeUrl, string Name, string Version), Entry> byContent = new();
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
    }

    /// <summary>The resources of these inputs, built the first time.</summary>
    public ImmutableArray<XdsResource> Resources(MemoKey key, Func<IEnumerable<(string Name, IMessage Message)>> build) =>
        (ImmutableArray<XdsResource>)
            Find(byInputs, key, () => build().Select(made => Shared(XdsResource.Create(made.Name, made.Message))).ToImmutableArray());

    /// <summary>The same for resources that are serialised already.</summary>
    public ImmutableArray<XdsResource> Prepared(MemoKey key, Func<XdsResource> build) =>
        (ImmutableArray<XdsResource>)Find(byInputs, key, () => ImmutableArray.Create(Shared(build())));

    /// <summary>A part of resources, built the first time.</summary>
    public T Part<T>(MemoKey key, Func<T> build)
        where T : class => (T)Find(byInputs, key, build);

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

    private object Find<TKey>(ConcurrentDictionary<TKey, Entry> entries, TKey key, Func<object> build)
        where TKey : notnull
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entry = entries.GetOrAdd(key, new Entry(build()));
        }

        entry.LastUsed = Interlocked.Read(ref snapshot);
        return entry.Value;
    }

    private static void Prune<TKey>(ConcurrentDictionary<TKey, Entry> entries, long oldest)
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

    private sealed class Entry(object value)
    {
        private long lastUsed;

        public object Value { get; } = value;

        public long LastUsed
        {
            get => Volatile.Read(ref lastUsed);
            set => Volatile.Write(ref lastUsed, value);
        }
    }
}
