using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.Listening;

/// <summary>Kestrel's sockets with an <see cref="Acceptor"/>: Kestrel's own loop spins on a core for as long as there is no free descriptor.</summary>
/// <param name="failures">Of all listeners.</param>
internal sealed class PatientListenerFactory(RareReport failures, TimeProvider time, ILoggerFactory loggers)
    : IConnectionListenerFactory,
        IDisposable
{
    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(),
        loggers.CreateLogger<SocketConnectionContextFactory>()
    );

    /// <exception cref="AddressInUseException">The address cannot be bound.</exception>
    /// <exception cref="SocketException">The same for another reason.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(new SocketTransportOptions().Backlog);
            return new(new Listener(socket, _contexts, failures, time, loggers.CreateLogger<Acceptor>()));
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            // Kestrel's own sentence for it names the address.
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(error.Message, error) : error;
        }
    }

    public void Dispose() => _contexts.Dispose();

    private sealed class Listener(
        Socket socket,
        SocketConnectionContextFactory contexts,
        RareReport failures,
        TimeProvider time,
        ILogger<Acceptor> logger
    ) : IConnectionListener
    {
        private readonly Acceptor _acceptor = new(socket, socket.LocalEndPoint!, failures, time, logger);

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await _acceptor.AcceptAsync() is { } accepted)
            {
                try
                {
                    accepted.NoDelay = true;
                    return contexts.Create(accepted);
                }
                catch (SocketException)
                {
                    // The client has left already.
                    accepted.Dispose();
                }
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _acceptor.Close();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
