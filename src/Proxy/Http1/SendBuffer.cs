using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>
/// A request as it goes to its upstream: head and body in one piece, so that a small request is one send. Keeps what was sent, as long as
/// that is little, for another attempt.
/// </summary>
internal sealed class SendBuffer : IBufferWriter<byte>
{
    /// <summary>More is never put together for one send.</summary>
    public const int LargestPiece = 64 * 1024;

    private const int FirstBytes = 4 * 1024;

    private byte[] _bytes = new byte[FirstBytes];
    private byte[]? _first;
    private int _sent;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> All => _bytes.AsMemory(0, Length);

    public ReadOnlyMemory<byte> Unsent => _bytes.AsMemory(_sent, Length - _sent);

    /// <summary>From a position that <see cref="Length"/> had.</summary>
    public ReadOnlySpan<byte> From(int position) => _bytes.AsSpan(position, Length - position);

    public void Sent() => _sent = Length;

    public void Forget() => _sent = Length = 0;

    /// <summary>Ready for another request; a larger buffer is given back.</summary>
    public void Clear()
    {
        Forget();
        if (_first is not null)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = _first;
            _first = null;
        }
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    private void Reserve(int count)
    {
        var needed = Length + Math.Max(count, 1);
        if (needed <= _bytes.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _bytes.Length * 2));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_first is null)
        {
            _first = _bytes;
        }
        else
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
