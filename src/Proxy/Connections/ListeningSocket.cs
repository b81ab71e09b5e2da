using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>One bound address and the loop that accepts on it; established connections outlive it.</summary>
internal sealed partial class ListeningSocket : IAsyncDisposable
{
    private readonly IConnectionListener _listener;
    private readonly Func<ConnectionContext, Task> _handle;
    private readonly ILogger _logger;
    private readonly Task _loop;

    private ListeningSocket(IConnectionListener listener, Func<ConnectionContext, Task> handle, ILogger logger)
    {
        _listener = listener;
        _handle = handle;
        _logger = logger;
        _loop = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.EndPoint;

    public static async Task<ListeningSocket> OpenAsync(
        IConnectionListenerFactory transport,
        IPEndPoint address,
        Func<ConnectionContext, Task> handle,
        ILogger logger
    ) => new(await transport.BindAsync(address), handle, logger);

    public async ValueTask DisposeAsync()
    {
        await _listener.UnbindAsync();
        await _loop;
        await _listener.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            ConnectionContext? connection;
            try
            {
                connection = await _listener.AcceptAsync();
            }
            catch (Exception error)
            {
                // The transport hides aborted handshakes; what comes here (out of descriptors) would otherwise end the listener.
                AcceptFailed(EndPoint, error.Message);
                await Task.Yield();
                continue;
            }

            if (connection is null)
            {
                return;
            }

            _ = _handle(connection);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Accepting on {EndPoint} failed: {Reason}")]
    private partial void AcceptFailed(IPEndPoint endPoint, string reason);
}
