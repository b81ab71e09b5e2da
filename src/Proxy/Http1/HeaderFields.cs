using System.Runtime.CompilerServices;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>Header or trailer lines in a buffer of their own, in the order received; names in lower case. Kept and filled again with its codec.</summary>
internal sealed class HeaderFields
{
    private const int FirstBytes = 1024;
    private const int FirstFields = 16;

    // Nothing until the first line: most bodies have no trailers.
    private byte[] _buffer = [];
    private (HeadSlice Name, HeadSlice Value)[] _fields = [];
    private int _used;

    public int Count { get; private set; }

    /// <summary>Bytes held, for a pool: what grew far is not kept.</summary>
    public int Capacity => _buffer.Length;

    public ReadOnlySpan<byte> Name(int index) => Slice(Field(index).Name);

    public ReadOnlySpan<byte> Value(int index) => Slice(Field(index).Value);

    public void Clear()
    {
        _used = 0;
        Count = 0;
    }

    /// <summary>The parser has checked the bytes, the limits and trimmed the value.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Math.Max(FirstFields, _fields.Length * 2));
        }

        var lowered = Append(name);
        AsciiBytes.Lower(_buffer.AsSpan(lowered.Start, lowered.Length));
        _fields[Count++] = (lowered, Append(value));
    }

    /// <summary>Keeps other text beside the fields, until they are cleared.</summary>
    public HeadSlice Append(ReadOnlySpan<byte> bytes)
    {
        if (_used + bytes.Length > _buffer.Length)
        {
            Grow(_used + bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        var slice = new HeadSlice(_used, bytes.Length);
        _used += bytes.Length;
        return slice;
    }

    public ReadOnlySpan<byte> Slice(HeadSlice slice) => _buffer.AsSpan(slice.Start, slice.Length);

    private (HeadSlice Name, HeadSlice Value) Field(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
        return _fields[index];
    }

    // A new array, never a pooled one: spans handed out before stay readable.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        var larger = new byte[Math.Max(needed, Math.Max(FirstBytes, _buffer.Length * 2))];
        _buffer.AsSpan(0, _used).CopyTo(larger);
        _buffer = larger;
    }
}
