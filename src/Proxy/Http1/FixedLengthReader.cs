using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>Cuts a body of a known length out of a connection's bytes, without copying them.</summary>
internal struct FixedLengthReader(long length)
{
    /// <summary>Bytes of the body still to come.</summary>
    public long Remaining { get; private set; } = length;

    /// <param name="data">The next body bytes, a slice of <paramref name="buffer"/>; empty unless <see cref="Http1BodyStatus.Data"/>.</param>
    /// <param name="consumed">Where the next call's bytes begin.</param>
    public Http1BodyStatus Read(in ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> data, out SequencePosition consumed)
    {
        consumed = buffer.Start;
        data = default;
        if (Remaining == 0)
        {
            return Http1BodyStatus.Done;
        }

        if (buffer.IsEmpty)
        {
            return Http1BodyStatus.NeedMore;
        }

        data = buffer.Slice(0, Math.Min(Remaining, buffer.Length));
        Remaining -= data.Length;
        consumed = data.End;
        return Http1BodyStatus.Data;
    }
}
