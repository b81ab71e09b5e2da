using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>What an upstream sent and nobody read yet, in one piece: heads are parsed and bodies cut where they lie.</summary>
internal sealed class ReceiveBuffer
{
    private const int FirstBytes = 16 * 1024;

    // Larger pieces cost fewer calls; a stream that fills its buffer gets a larger one.
    private const int LargestForBodies = 64 * 1024;

    private byte[] _bytes = new byte[FirstBytes];
    private byte[]? _first;
    private int _start;
    private int _end;
    private bool _filled;

    public bool IsEmpty => _start == _end;

    public ReadOnlySequence<byte> Unread => new(_bytes, _start, _end - _start);

    /// <summary>Room for the next piece, at least one byte. What is unread may move: ask for <see cref="Unread"/> again.</summary>
    public Memory<byte> Free()
    {
        if (IsEmpty)
        {
            _start = _end = 0;
            if (_filled && _bytes.Length < LargestForBodies)
            {
                Grow();
            }
        }
        else if (_end == _bytes.Length)
        {
            if (_start > 0)
            {
                _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Grow();
            }
        }

        return _bytes.AsMemory(_end);
    }

    public void Received(int count)
    {
        _end += count;
        _filled = _end == _bytes.Length;
    }

    public void Consume(int count) => _start += count;

    /// <param name="consumed">A position in <see cref="Unread"/>.</param>
    public void Consume(in ReadOnlySequence<byte> unread, SequencePosition consumed) => Consume((int)unread.Slice(0, consumed).Length);

    /// <summary>Ready for another connection; a larger buffer is given back.</summary>
    public void Clear()
    {
        _start = _end = 0;
        _filled = false;
        if (_first is not null)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = _first;
            _first = null;
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        _bytes.AsSpan(_start, _end - _start).CopyTo(larger);
        _end -= _start;
        _start = 0;
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
