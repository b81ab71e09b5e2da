using System.Buffers.Binary;

namespace Mesh.Http2;

/// <summary>Finds the heads of frames in bytes that come in pieces (RFC 9113 section 4.1). Mutable; for one direction of a connection.</summary>
/// <param name="before">Bytes that come before the first frame.</param>
internal struct Http2FrameHeads(int before)
{
    private const int HeadBytes = 9;

    private Head _head;
    private int _headCount;
    private long _skip = before;

    public readonly byte Type => _head[3];

    public readonly byte Flags => _head[4];

    /// <summary>Of what follows the head.</summary>
    public readonly int Length => (_head[0] << 16) | (_head[1] << 8) | _head[2];

    public readonly int Stream => BinaryPrimitives.ReadInt32BigEndian(((ReadOnlySpan<byte>)_head)[5..]) & int.MaxValue;

    /// <summary>True where the next head is complete; false where there are no more bytes.</summary>
    /// <param name="rest">What follows it.</param>
    public bool Next(ref ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, rest.Length);
                _skip -= skipped;
                rest = rest[skipped..];
                continue;
            }

            var count = Math.Min(HeadBytes - _headCount, rest.Length);
            rest[..count].CopyTo(((Span<byte>)_head)[_headCount..]);
            _headCount += count;
            rest = rest[count..];
            if (_headCount == HeadBytes)
            {
                _headCount = 0;
                _skip = Length;
                return true;
            }
        }

        return false;
    }

    [System.Runtime.CompilerServices.InlineArray(HeadBytes)]
    private struct Head
    {
        private byte _first;
    }
}
