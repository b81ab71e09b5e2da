using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Connections;

/// <summary>One end of a channel that Kestrel accepts from; connections that arrive after it stopped are refused by the writer.</summary>
internal sealed class InProcessListener(EndPoint endPoint, Channel<ConnectionContext> channel) : IConnectionListener
{
    public EndPoint EndPoint { get; } = endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await channel.Reader.WaitToReadAsync(cancellationToken))
        {
            if (channel.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        channel.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        channel.Writer.TryComplete();
        while (channel.Reader.TryRead(out var connection))
        {
            await connection.DisposeAsync();
        }
    }
}
