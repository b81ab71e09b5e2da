using System.Numerics;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Routing;

/// <summary>An immutable map from byte strings, read with spans: open addressing, at most half full, nothing allocated per look-up.</summary>
internal sealed class ByteTable<T>
    where T : class
{
    private readonly Entry[] _entries;
    private readonly int _mask;

    /// <summary>Of equal keys the first is kept.</summary>
    public ByteTable(IReadOnlyCollection<(byte[] Key, T Value)> items)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, items.Count * 2));
        _entries = new Entry[size];
        _mask = size - 1;
        foreach (var (key, value) in items)
        {
            var hash = Hash(key);
            var i = (int)hash & _mask;
            while (_entries[i].Key is { } taken && !taken.AsSpan().SequenceEqual(key))
            {
                i = (i + 1) & _mask;
            }

            if (_entries[i].Key is null)
            {
                _entries[i] = new Entry(hash, key, value);
                Count++;
            }
        }
    }

    public int Count { get; }

    public T? Find(ReadOnlySpan<byte> key)
    {
        var hash = Hash(key);
        var i = (int)hash & _mask;
        while (true)
        {
            ref readonly var entry = ref _entries[i];
            if (entry.Key is null)
            {
                return null;
            }

            if (entry.Hash == hash && key.SequenceEqual(entry.Key))
            {
                return entry.Value;
            }

            i = (i + 1) & _mask;
        }
    }

    // The keys are the configuration's, not the client's, so a client cannot make them collide; eight bytes a step.
    private static uint Hash(ReadOnlySpan<byte> key)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)key.Length * Multiplier;
        while (key.Length >= 8)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ MemoryMarshal.Read<ulong>(key)) * Multiplier;
            key = key[8..];
        }

        ulong rest = 0;
        foreach (var b in key)
        {
            rest = (rest << 8) | b;
        }

        hash = (BitOperations.RotateLeft(hash, 23) ^ rest) * Multiplier;
        return (uint)(hash >> 32);
    }

    private readonly record struct Entry(uint Hash, byte[]? Key, T Value);
}
