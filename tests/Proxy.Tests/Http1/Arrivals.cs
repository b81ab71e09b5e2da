using System.Buffers;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>Bytes that arrive in given reads, as a pipe shows them: all that has arrived and is not consumed, each read a segment of its own or all in one.</summary>
internal sealed class Arrivals(byte[] bytes, IReadOnlyList<int> reads, bool contiguous)
{
    private int _consumed;
    private int _arrived;
    private int _next;

    /// <summary>What nobody consumed, arrived or not.</summary>
    public ReadOnlySpan<byte> Rest => bytes.AsSpan(_consumed);

    public static Arrivals Whole(byte[] bytes) => new(bytes, [bytes.Length], contiguous: true);

    /// <summary>Every byte a read of its own; pieces of 97 bytes where that takes too long.</summary>
    public static Arrivals Single(byte[] bytes, bool contiguous)
    {
        var size = bytes.Length <= 2000 ? 1 : 97;
        return new(bytes, [.. Enumerable.Repeat(size, (bytes.Length / size) + 1)], contiguous);
    }

    public static Arrivals Random(byte[] bytes, Random random)
    {
        var reads = new List<int>();
        for (var sum = 0; sum < bytes.Length; sum += reads[^1])
        {
            reads.Add(1 + random.Next(random.Next(4) == 0 ? 4 : Math.Max(2, bytes.Length / 3)));
        }

        return new(bytes, reads, random.Next(2) == 0);
    }

    /// <summary>The next read; false where the sender has closed.</summary>
    public bool Receive()
    {
        if (_arrived == bytes.Length || _next == reads.Count)
        {
            return false;
        }

        _arrived = Math.Min(bytes.Length, _arrived + reads[_next++]);
        return true;
    }

    public ReadOnlySequence<byte> Buffer()
    {
        if (contiguous)
        {
            return new(bytes, _consumed, _arrived - _consumed);
        }

        Segment? first = null;
        Segment? last = null;
        var start = 0;
        for (var i = 0; i < _next; i++)
        {
            var end = Math.Min(bytes.Length, start + reads[i]);
            if (end > _consumed)
            {
                last = new Segment(bytes.AsMemory(Math.Max(start, _consumed), end - Math.Max(start, _consumed)), last);
                first ??= last;
            }

            start = end;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new(first, 0, last!, last!.Memory.Length);
    }

    public void Consume(long count) => _consumed += (int)count;

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
