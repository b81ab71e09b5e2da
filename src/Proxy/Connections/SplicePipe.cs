using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Connections;

/// <summary>
/// A kernel pipe through which bytes pass from socket to socket without being copied (splice(2), Linux only). A few are kept and lent
/// where many bytes move; who gets none copies.
/// </summary>
internal sealed partial class SplicePipe : IDisposable
{
    // A pipe holds one network segment a page, so this is some 90 KiB from a network card and up to 2 MiB over loopback.
    private const int CapacityBytes = 256 * 1024;

    // The kernel lets one user's pipes have 64 MiB (pipe-user-pages-soft); many proxies on a machine may run as the same user.
    private const int MaxPipes = 32;

    private const uint SpliceNonBlocking = 2;
    private const int TryAgain = 11;

    private static readonly ConcurrentQueue<SplicePipe> Free = new();
    private static int _count;

    private readonly AnonymousPipeServerStream _stream = new(PipeDirection.In, HandleInheritability.None, CapacityBytes);

    private SplicePipe() { }

    /// <summary>Bytes in the pipe.</summary>
    public int Waiting { get; private set; }

    /// <summary>Null where all are lent, or the system has no such thing.</summary>
    public static SplicePipe? TryRent()
    {
        if (Free.TryDequeue(out var pipe))
        {
            return pipe;
        }

        if (!OperatingSystem.IsLinux() || Volatile.Read(ref _count) >= MaxPipes)
        {
            return null;
        }

        if (Interlocked.Increment(ref _count) > MaxPipes)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        try
        {
            return new();
        }
        catch (IOException)
        {
            // Out of descriptors.
            Interlocked.Decrement(ref _count);
            return null;
        }
    }

    /// <summary>Gives the pipe back; one with bytes left in it, of a connection that broke, is not used again.</summary>
    public void Dispose()
    {
        if (Waiting == 0)
        {
            Free.Enqueue(this);
            return;
        }

        _stream.Dispose();
        Interlocked.Decrement(ref _count);
    }

    /// <summary>Takes what the socket has received. Zero at its end; -1 where nothing is there now.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    public int Fill(Socket socket)
    {
        var count = Splice(socket.SafeHandle, _stream.ClientSafePipeHandle, CapacityBytes);
        Waiting += Math.Max(count, 0);
        return count;
    }

    /// <summary>Sends what the socket has room for; false where some is left.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    public bool TryDrain(Socket socket)
    {
        while (Waiting > 0)
        {
            var count = Splice(_stream.SafePipeHandle, socket.SafeHandle, Waiting);
            if (count <= 0)
            {
                return false;
            }

            Waiting -= count;
        }

        return true;
    }

    /// <summary>Takes bytes out by copying them. Something must be in the pipe.</summary>
    public int Read(Span<byte> buffer)
    {
        var count = _stream.Read(buffer[..Math.Min(buffer.Length, Waiting)]);
        Waiting -= count;
        return count;
    }

    private static int Splice(SafeHandle from, SafeHandle to, int bytes)
    {
        var count = Splice(from, 0, to, 0, bytes, SpliceNonBlocking);
        if (count < 0 && Marshal.GetLastPInvokeError() is var errno && errno != TryAgain)
        {
            throw new SocketException(errno);
        }

        return (int)count;
    }

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint Splice(SafeHandle from, nint fromOffset, SafeHandle to, nint toOffset, nint bytes, uint flags);
}
