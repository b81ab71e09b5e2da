using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Http2;

/// <summary>
/// Cuts off clients of HTTP/2 whose frames only cost: Kestrel bounds what they make it hold, but neither what they make it do nor how often they
/// come back to it on one connection. Others' connections are not touched.
/// </summary>
/// <param name="seen">Counts.</param>
internal sealed class Http2FloodGuard(Http2FloodLimits limits, TimeProvider time, Action<Http2Flood> seen)
{
    /// <summary>Makes what gives up answers that a connection's client does not take; null where the server's own limits are enough.</summary>
    public Func<Http2Leftovers>? Leftovers { get; init; }

    /// <summary>Connection middleware.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) =>
        async connection =>
        {
            var transport = connection.Transport;
            var leftovers = Leftovers?.Invoke();
            if (leftovers is not null)
            {
                connection.Features.Set(leftovers);
                connection
                    .Features.GetRequiredFeature<IConnectionHeartbeatFeature>()
                    .OnHeartbeat(static state => ((Http2Leftovers)state).Look(), leftovers);
            }

            var output = new MeteredOutput(transport.Output, leftovers);
            connection.Transport = new Guarded(
                new MeteredInput(
                    transport.Input,
                    new Http2FrameMeter(limits, time, () => output.Bytes, leftovers),
                    flood =>
                    {
                        seen(flood);
                        connection.Abort(new ConnectionAbortedException($"The client floods its HTTP/2 connection ({flood})."));
                    }
                ),
                output
            );
            try
            {
                await next(connection);
            }
            finally
            {
                connection.Transport = transport;
            }
        };

    private sealed record Guarded(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
