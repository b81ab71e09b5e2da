using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Mesh.Grpc;

/// <summary>Serves the calls of one method: checks the request, runs the handler under the call's deadline and sends the status.</summary>
internal sealed partial class GrpcServerCall<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    GrpcServerOptions options,
    Func<GrpcServerStream<TRequest, TResponse>, Task> handler,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping
)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private static readonly GrpcStatus DeadlinePassed = new(GrpcStatusCode.DeadlineExceeded, "the deadline of the call has passed");
    private static readonly GrpcStatus ClientLeft = new(GrpcStatusCode.Cancelled, "the client has left the call");
    private static readonly GrpcStatus Stopping = new(GrpcStatusCode.Unavailable, "the server is shutting down");

    public async Task InvokeAsync(HttpContext http)
    {
        if (!GrpcRequestCheck.AcceptTransport(http))
        {
            return;
        }
        http.Response.ContentType = GrpcWireHeaders.ContentType;
        var (problem, timeout) = GrpcRequestCheck.Examine(http, method.FullName);
        if (problem is { } refused)
        {
            GrpcWireHeaders.AppendStatus(http.Response.Headers, refused);
            return;
        }
        GrpcMetadata headers;
        try
        {
            headers = GrpcWireHeaders.Read(http.Request.Headers);
        }
        catch (GrpcException e)
        {
            GrpcWireHeaders.AppendStatus(http.Response.Headers, e.Status);
            return;
        }
        LiftHttpLimits(http);

        using var lifetime = new GrpcCallLifetime();
        DateTimeOffset? deadline = null;
        if (timeout is { } span)
        {
            var now = time.GetUtcNow();
            deadline = span < DateTimeOffset.MaxValue - now ? now + span : DateTimeOffset.MaxValue;
            lifetime.EndAfter(time, span, DeadlinePassed);
        }
        lifetime.EndOn(ClientLeft, http.RequestAborted);
        lifetime.EndOn(Stopping, stopping);

        var context = new GrpcServerContext(http, method.FullName, headers, deadline, lifetime.Token);
        var stream = new GrpcServerStream<TRequest, TResponse>(http, method, options, context);
        var work = RunAsync(stream, lifetime);
        if (deadline is not null)
        {
            // A handler that does not listen must not keep the client waiting past its deadline.
            await Task.WhenAny(work, lifetime.Ended);
        }
        else
        {
            await work;
        }
        if (work.IsCompleted)
        {
            var (status, trailers) = await work;
            await FinishAsync(http, stream, lifetime, status, trailers);
            return;
        }
        await FinishAsync(http, stream, lifetime, lifetime.Reason ?? DeadlinePassed, new GrpcMetadata());
        // The request belongs to the handler until it returns: Kestrel would hand it to somebody else.
        await work;
    }

    private async Task<(GrpcStatus Status, GrpcMetadata Trailers)> RunAsync(
        GrpcServerStream<TRequest, TResponse> stream,
        GrpcCallLifetime lifetime
    )
    {
        try
        {
            await handler(stream);
            return (GrpcStatus.Ok, stream.Context.ResponseTrailers);
        }
        catch (GrpcException e)
        {
            var trailers = new GrpcMetadata();
            trailers.AddAll(stream.Context.ResponseTrailers);
            trailers.AddAll(e.Trailers);
            return (e.Status, trailers);
        }
        // Whatever leaves a handler whose call is over is an echo of that end.
        catch (Exception) when (lifetime.Reason is not null)
        {
            return (lifetime.Reason.Value, stream.Context.ResponseTrailers);
        }
        catch (OperationCanceledException e) when (e.CancellationToken == stream.Context.CancellationToken)
        {
            // The read or write met the end of the connection before the abort was signalled.
            return (ClientLeft, stream.Context.ResponseTrailers);
        }
        catch (Exception e)
        {
            LogHandlerFailed(logger, e, method.FullName);
            return (new GrpcStatus(GrpcStatusCode.Unknown, "the handler of this method failed"), stream.Context.ResponseTrailers);
        }
    }

    private static async Task FinishAsync(
        HttpContext http,
        GrpcServerStream<TRequest, TResponse> stream,
        GrpcCallLifetime lifetime,
        GrpcStatus status,
        GrpcMetadata trailers
    )
    {
        await stream.CloseAsync();
        if (http.RequestAborted.IsCancellationRequested || lifetime.Reason == ClientLeft)
        {
            return;
        }
        // Trailers-only: a failure before the first message is one HEADERS frame (PROTOCOL-HTTP2, Trailers-Only).
        if (!stream.Started && stream.Context.ResponseHeaders.Count == 0 && status.Code != GrpcStatusCode.Ok)
        {
            GrpcWireHeaders.AppendStatus(http.Response.Headers, status);
            GrpcWireHeaders.Append(http.Response.Headers, trailers);
        }
        else
        {
            if (!stream.Started)
            {
                GrpcWireHeaders.Append(http.Response.Headers, stream.Context.ResponseHeaders);
            }
            if (http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } wire)
            {
                GrpcWireHeaders.Append(wire, trailers);
                GrpcWireHeaders.AppendStatus(wire, status);
            }
        }
        await http.Response.CompleteAsync();
    }

    /// <summary>A stream may be silent for hours and carry any number of bytes; messages have their own limit.</summary>
    private static void LiftHttpLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The handler of {Method} threw an exception")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception, string method);
}
