using Mesh.Proxy.Http1;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>
/// Carries the messages of YARP's forwarder over pooled HTTP/1.1 connections. The head is written from the request's own
/// <see cref="Routing.RequestHead"/>; the message brings the body, and what an upgrade adds. Nothing is ever sent twice: that is for the
/// request's session to decide.
/// </summary>
internal sealed class Http1Sender(UpstreamPools pools, Http1Limits limits, TimeProvider time)
{
    private const int LargestHeadKept = 64 * 1024;

    private readonly PerCorePool<MessageBuffers> _buffers = new(() => new(limits), buffers => buffers.Head.Capacity <= LargestHeadKept);

    /// <exception cref="AttemptException">There is no answer.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        RequestContext context,
        CancellationToken cancellationToken
    )
    {
        var session = context.Session;
        var rented = await pools.RentAsync(session.Cluster, session.Endpoint, cancellationToken);
        if (rented.Connection is not { } connection)
        {
            cancellationToken.ThrowIfCancellationRequested();
            session.Record.ConnectError = rented.Error;
            throw new AttemptException(rented.Failure, rented.Error ?? "a limit of the cluster is reached");
        }

        context.Connected();
        session.Record.UpstreamLocal = connection.LocalEndPoint;
        var exchange = new MessageExchange(connection, _buffers, request, context, time);
        var answered = false;
        try
        {
            var response = await exchange.SendAsync(cancellationToken);
            answered = true;
            return response;
        }
        finally
        {
            if (!answered)
            {
                context.Connection = (!connection.HasSent, connection.IsReused);
                exchange.End(ExchangeEnd.BrokenOff);
            }
        }
    }
}
