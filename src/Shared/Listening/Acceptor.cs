using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.Listening;

/// <summary>
/// Accepts on one socket whatever happens: without free descriptors or memory accepting fails at once, again and again, until connections end, and
/// who tries on without a pause has no time for those. Who is waiting stays in the kernel's queue meanwhile.
/// </summary>
internal sealed partial class Acceptor(Socket socket, EndPoint address, RareReport failures, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private volatile bool _closing;

    /// <summary>The next connection; null once <see cref="Close"/> was called.</summary>
    public async ValueTask<Socket?> AcceptAsync()
    {
        while (!_closing)
        {
            try
            {
                return await socket.AcceptAsync();
            }
            catch (SocketException error)
                when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted && !_closing)
            {
                // The client left while it was waiting.
            }
            // Whatever it is: a port that nobody accepts on any more would be worse.
            catch (Exception error) when (!_closing)
            {
                if (failures.Happened(out var times))
                {
                    AcceptFailed(address, error.Message, times);
                }

                await Task.Delay(Pause, time);
            }
            catch (Exception)
            {
                // The socket was closed.
                break;
            }
        }

        return null;
    }

    public void Close()
    {
        _closing = true;
        socket.Dispose();
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Accepting on {Address} failed: {Reason} ({Times} times since this was said last); new clients wait until connections end. "
            + "Raise the limit of open files (ulimit -n) or lower --max-connections"
    )]
    private partial void AcceptFailed(EndPoint address, string reason, long times);
}
