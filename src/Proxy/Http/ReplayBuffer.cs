using System.Buffers;

namespace Mesh.Proxy.Http;

/// <summary>
/// What was read of a request's body, kept up to a limit so that another attempt can send it again. Beyond the limit it keeps nothing, and
/// the rest of the body is streamed once. Holds rented memory only while there is something in it.
/// </summary>
internal sealed class ReplayBuffer(int limit)
{
    /// <summary>Default of the limit in bytes, as Linkerd's.</summary>
    public const int DefaultLimit = 64 * 1024;

    private const int FirstBytes = 4096;

    private byte[] _bytes = [];
    private int _length;
    private bool _lost;

    /// <summary>Everything that was read is here.</summary>
    public bool IsWhole => !_lost;

    /// <summary>What was read so far; empty once it was too much.</summary>
    public ReadOnlyMemory<byte> Kept => _bytes.AsMemory(0, _length);

    public void Keep(ReadOnlySpan<byte> read)
    {
        if (HasRoomFor(read.Length))
        {
            KeepAll(read);
        }
        else
        {
            Lose();
        }
    }

    /// <summary>Whether so many more bytes stay within the limit.</summary>
    public bool HasRoomFor(int bytes) => bytes <= limit - _length;

    /// <summary>The same beyond the limit: for what is read while another attempt is decided on.</summary>
    public void KeepAll(ReadOnlySpan<byte> read)
    {
        if (_lost || read.IsEmpty)
        {
            return;
        }

        if (read.Length > _bytes.Length - _length)
        {
            Grow(_length + read.Length);
        }

        read.CopyTo(_bytes.AsSpan(_length));
        _length += read.Length;
    }

    /// <summary>Nobody will ask for it again: gives its memory back, and what is read from now on is not kept.</summary>
    public void Lose()
    {
        Clear();
        _lost = true;
    }

    /// <summary>Ready for the next request.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }

        (_length, _lost) = (0, false);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, _length * 2), FirstBytes));
        Kept.Span.CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
