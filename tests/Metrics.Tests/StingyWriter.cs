using System.Buffers;
using System.Text;

namespace Mesh.Metrics.Tests;

/// <summary>A writer of small segments that, asked for a span of any length, gives what is left of one: nothing, where it is full.</summary>
internal sealed class StingyWriter(int segmentBytes) : IBufferWriter<byte>
{
    private readonly List<byte> _written = [];
    private byte[] _segment = new byte[segmentBytes];
    private int _used;

    public void Advance(int count)
    {
        _written.AddRange(_segment.AsSpan(_used, count));
        _used += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_segment.Length - _used < sizeHint)
        {
            _segment = new byte[Math.Max(segmentBytes, sizeHint)];
            _used = 0;
        }

        return _segment.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override string ToString() => Encoding.UTF8.GetString([.. _written]);
}
