using System.Net.Sockets;

namespace Mesh.Proxy.Http;

// How long an exchange may move nothing. Slow clients take what the kernel holds for them without our seeing it, so the kernel is asked too.
internal sealed partial class Http1Watch
{
    // Of the kernel's struct tcp_info: bytes that the client has acknowledged.
    private const int BytesAcknowledged = 120;

    // Of an answer that waits for its client, between one look and the fourth after it.
    private const int LeastTaken = 1024;

    private StallDetector _stall;
    private long _look = Never;
    private TimeSpan _betweenLooks;
    private long _moved;
    private long _taken;
    private bool _streams;
    private bool _stalled;

    /// <summary>Nothing moved for too long.</summary>
    public bool Stalled => Volatile.Read(ref _stalled);

    /// <summary>Bytes came or went. From either direction: a lost count is still a change.</summary>
    public void Moved() => _moved++;

    /// <summary>The response is a stream, which may rest.</summary>
    public void Streams() => _streams = true;

    private void BeginLooking(TimeSpan limit)
    {
        _streams = _stalled = false;
        _look = Never;
        if (limit > TimeSpan.Zero)
        {
            _betweenLooks = StallDetector.Between(limit);
            _stall.Begin(_moved);
            _look = After(_betweenLooks);
            Arm(_look);
        }
    }

    private void Look()
    {
        _look = Never;
        var moved = Volatile.Read(ref _moved);
        var output = _connection.Transport.Output;
        var rests = _streams && _phase == Phase.Responding && output.CanGetUnflushedBytes && output.UnflushedBytes == 0;
        // Whoever takes a few bytes now and then holds as much as who takes none.
        if (!_stall.Look(moved + (Taken() / LeastTaken), rests))
        {
            _look = After(_betweenLooks);
            return;
        }

        Volatile.Write(ref _stalled, true);
        Volatile.Write(ref _timedOut, true);
    }

    private long Taken()
    {
        if (_socket is null || !OperatingSystem.IsLinux())
        {
            return 0;
        }

        Span<byte> info = stackalloc byte[BytesAcknowledged + sizeof(long)];
        try
        {
            return _taken =
                _socket.GetRawSocketOption(ProtocolTcp, TcpInfo, info) < info.Length ? 0 : BitConverter.ToInt64(info[BytesAcknowledged..]);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return _taken;
        }
    }
}
