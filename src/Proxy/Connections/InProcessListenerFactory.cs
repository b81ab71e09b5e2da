using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Connections;

/// <summary>Lets Kestrel listen on an <see cref="InProcessEndPoint"/>; whatever is written to its channel is accepted there.</summary>
internal sealed class InProcessListenerFactory(Func<InProcessEndPoint, Channel<ConnectionContext>> channelOf)
    : IConnectionListenerFactory,
        IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is InProcessEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new InProcessListener(endpoint, channelOf((InProcessEndPoint)endpoint)));
}
