using System.Buffers;

namespace Mesh.Xds;

/// <summary>
/// Strings small pieces of its own and cached resource bodies together without copying the bodies: a slow client
/// holds references to bytes it shares with all others.
/// </summary>
internal sealed class ResponseBytes
{
    // Below this a copy is cheaper than one more segment (40 bytes of segment, and a pipe write of its own).
    private const int CopyBelow = 512;

    private readonly byte[] own;
    private int written;
    private int segmentStart;
    private Segment? first;
    private Segment? last;

    /// <summary>Room for everything but the shared bodies.</summary>
    public ResponseBytes(int ownSize) => own = new byte[ownSize];

    /// <summary>How many bytes of a body have to fit into the own part.</summary>
    public static int OwnSizeOf(ReadOnlyMemory<byte> body) => body.Length < CopyBelow ? body.Length : 0;

    /// <summary>The rest of the own part, for one writer at a time.</summary>
    public ProtoWriter Writer() => new(own.AsSpan(written));

    /// <summary>Keeps what a writer wrote.</summary>
    public void Advance(ProtoWriter writer) => written += writer.Position;

    /// <summary>Appends a body whose header has been written.</summary>
    public void AppendBody(ReadOnlyMemory<byte> body)
    {
        if (body.Length < CopyBelow)
        {
            body.Span.CopyTo(own.AsSpan(written));
            written += body.Length;
            return;
        }
        CloseOwnSegment();
        Append(body);
    }

    /// <summary>The whole message; the object must not be written to any more.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        CloseOwnSegment();
        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private void CloseOwnSegment()
    {
        if (written > segmentStart)
        {
            Append(own.AsMemory(segmentStart, written - segmentStart));
            segmentStart = written;
        }
    }

    private void Append(ReadOnlyMemory<byte> memory)
    {
        last = last is null ? first = new Segment(memory, 0) : last.Then(memory);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
