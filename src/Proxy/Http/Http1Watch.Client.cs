using System.Net.Sockets;

namespace Mesh.Proxy.Http;

// What the client's end means. A FIN alone does not tell a client that left from one that has only finished sending; TCP answers new bytes of
// ours with a reset in the one case and takes them in the other. So an interim response is sent after a while, which every HTTP/1.1 client
// has to skip (RFC 9110 section 15.2). Once a response has begun nothing can be asked any more, and who finishes then has left, unless bytes flow to it.
internal sealed partial class Http1Watch
{
    private const int ProtocolTcp = 6;
    private const int TcpInfo = 11;
    private const byte StateClosed = 7;

    // Of the kernel's struct tcp_info: milliseconds since data was sent.
    private const int LastDataSent = 44;

    private static readonly TimeSpan BeforeFirstProbe = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForTheReset = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(5);

    private bool _probed;

    // The client finished sending in the middle of a response.
    private bool _leaving;

    private static ReadOnlySpan<byte> Interim => "HTTP/1.1 102 Processing\r\n\r\n"u8;

    private void ClientEnded()
    {
        Waking waking;
        lock (_gate)
        {
            if (_phase is Phase.Tunnel or Phase.Closing or Phase.Finishing || _disposed)
            {
                return;
            }

            if (!IsReset())
            {
                _halfClosed = true;
                if (_phase is Phase.Interim or Phase.Responding)
                {
                    _leaving = true;
                    ProbeSoon();
                }
                else if (_phase == Phase.Request)
                {
                    BeginProbing();
                }

                return;
            }

            Volatile.Write(ref _clientGone, true);
            waking = new(_upstream, _cancellation);
        }

        Wake(waking);
    }

    private void BeginProbing()
    {
        try
        {
            _socket?.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            _socket?.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)BetweenProbes.TotalSeconds);
            _socket?.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)BetweenProbes.TotalSeconds);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already, which the probe finds.
        }

        _probed = false;
        _probe = After(BeforeFirstProbe);
        Arm(_probe);
    }

    // What is just going out to a client that has closed draws the reset.
    private void ProbeSoon()
    {
        _probe = After(ForTheReset);
        Arm(_probe);
    }

    private void Probe()
    {
        if (IsReset())
        {
            _probe = Never;
            Volatile.Write(ref _clientGone, true);
            return;
        }

        if (_leaving)
        {
            if (_upstream is not null && IsSilent())
            {
                _probe = Never;
                Volatile.Write(ref _clientGone, true);
                return;
            }

            _probe = After(ForTheReset);
            return;
        }

        var ask = _phase == Phase.Request && _canProbe && !_probed;
        if (ask)
        {
            // The loop writes nothing before it says so under this lock, and what it wrote before is flushed.
            var output = _connection.Transport.Output;
            Interim.CopyTo(output.GetSpan(Interim.Length));
            output.Advance(Interim.Length);
            _ = output.FlushAsync().AsTask();
        }

        _probed = ask;
        _probe = After(ask ? ForTheReset : BetweenProbes);
    }

    private bool IsSilent()
    {
        Span<byte> info = stackalloc byte[LastDataSent + sizeof(uint)];
        try
        {
            return _socket!.GetRawSocketOption(ProtocolTcp, TcpInfo, info) < info.Length
                || BitConverter.ToUInt32(info[LastDataSent..]) >= ForTheReset.TotalMilliseconds;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    // A connection that the kernel has given up, because a reset came or nothing at all.
    private bool IsReset()
    {
        if (_socket is null || !OperatingSystem.IsLinux())
        {
            return true;
        }

        Span<byte> state = stackalloc byte[1];
        try
        {
            return _socket.GetRawSocketOption(ProtocolTcp, TcpInfo, state) == 1 && state[0] == StateClosed;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }
}
