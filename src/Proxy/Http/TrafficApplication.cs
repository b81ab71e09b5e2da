using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http.Mirrors;
using Mesh.Proxy.Http.ToHttp1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Http;

/// <summary>The codec of requests that come through Kestrel: does for each what its <see cref="RequestSession"/> says, with YARP's forwarder.</summary>
/// <param name="http1">Sends over the pools of HTTP/1.1 connections.</param>
internal sealed class TrafficApplication(
    ConfigStore store,
    EndpointResolver resolver,
    IHttpForwarder forwarder,
    Http1Sender http1,
    RecordSink sink,
    TimeProvider time,
    int keptBytes,
    TrafficLimits limits,
    MirrorSender? mirrors = null
) : IHttpApplication<RequestContext>
{
    /// <summary>Null where services cannot be asked: what only they could let pass is refused.</summary>
    public IExternalAuthorizer? Authorizer { get; init; }

    // A head that once held a huge request would keep its buffer for ever.
    private const int LargestHeadKept = 64 * 1024;

    private static readonly PerCorePool<RequestHead> Heads = new(() => new(), head => head.Capacity <= LargestHeadKept);

    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        var request = contextFeatures is IHostContextContainer<RequestContext> container
            ? container.HostContext ??= NewContext()
            : NewContext();
        request.Initialize(contextFeatures, Heads.Rent());
        return request;
    }

    public void DisposeContext(RequestContext context, Exception? exception) => Heads.Return(context.End());

    public async Task ProcessRequestAsync(RequestContext context)
    {
        var session = context.Session;
        var target = context.Http.Features.GetRequiredFeature<ConnectionTarget>();
        // The one read of the configuration; everything later uses the session's.
        session.Begin(target, context.Head, store.Current);
        try
        {
            if (HeadFilling.Fill(context) is not Failure.None and var failure)
            {
                session.Refuse(failure);
            }
            else
            {
                session.Decide();
                context.BeginMirrors();
            }

            // Here and not in a method of its own: each that a request waits in costs it an allocation and a step on the way back.
            for (var timed = false; session.Step != RequestStep.End; )
            {
                switch (session.Step)
                {
                    case RequestStep.Answer:
                        await AnswerAsync(context, session);
                        break;
                    case RequestStep.Wait:
                        await WaitAsync(context, session);
                        break;
                    case RequestStep.Check:
                        await CheckAsync(context, session);
                        break;
                    default:
                        if (!timed)
                        {
                            timed = true;
                            context.BeginTimeout(session.Timeout);
                        }

                        await AttemptAsync(context, session);
                        break;
                }
            }
        }
        finally
        {
            session.End(context.RequestBytes, context.ResponseBytes);
            context.KeepLeftover();
        }
    }

    private RequestContext NewContext() => new(new RequestSession(resolver, sink, time, mirrors), http1, keptBytes, limits, time);

    private static async ValueTask AnswerAsync(RequestContext context, RequestSession session)
    {
        context.BeginAnswer();
        await LocalReply.WriteAsync(context.Http, session.Answer);
        if (context.Watch.IsStalled)
        {
            session.NotTaken(Failure.StreamIdle);
        }

        session.Answered();
    }

    private async ValueTask WaitAsync(RequestContext context, RequestSession session)
    {
        var gone = context.Http.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, context.Limit);
        await Task.Delay(session.Delay, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (gone.IsCancellationRequested)
        {
            session.Abandon(Failure.ClientAbort);
        }
        else if (context.LimitReached is not Failure.None and var limit)
        {
            session.Abandon(limit);
        }
        else
        {
            session.Waited();
        }
    }

    private async ValueTask CheckAsync(RequestContext context, RequestSession session)
    {
        var question = session.Check;
        var gone = context.Http.RequestAborted;
        try
        {
            if (question.Check.BodyBytes > 0)
            {
                var (seen, partial) = await context.PeekBodyAsync(question.Check.BodyBytes, gone);
                if (partial && !question.Check.AllowPartialBody)
                {
                    session.RefuseBody();
                    return;
                }

                question = question with { Body = seen, BodyIsPartial = partial };
            }

            session.Checked(Authorizer is null ? CheckOutcome.Failed : await Authorizer.CheckAsync(question, gone));
        }
        catch (Exception error) when (error is IOException or OperationCanceledException || gone.IsCancellationRequested)
        {
            session.Abandon(Failure.ClientAbort);
        }
    }

    private async ValueTask AttemptAsync(RequestContext context, RequestSession session)
    {
        var http = context.Http;
        var http2 = session.ToHttp2;
        Http2Lease lease = default;
        var failure = Failure.Overflow;
        context.BeginAttempt(session.TryTimeout);
        try
        {
            if (!http2 || Http2Lease.TryTake(session.Cluster, session.Endpoint, UpstreamDialer.CreateHandler, out lease))
            {
                var prefix = session.Endpoint.State.Connections.UriPrefix(session.Endpoint.Address);
                context.Transformer.Begin(prefix, http2, time);
                var error = await forwarder.SendAsync(
                    http,
                    prefix,
                    http2 ? lease.Handler : context.Http1,
                    TrafficDefaults.Forwarder(http2),
                    context.Transformer,
                    context.TryLimit
                );
                failure = error == ForwarderError.None ? Failure.None : FailureOf(error, context, session);
            }
        }
        finally
        {
            lease.Dispose();
            context.EndAttempt();
        }

        // YARP leaves its own idea of the answer behind; what becomes of this one is the session's to say.
        if (!session.Responded)
        {
            http.Response.Clear();
            http.Features.Set<IForwarderErrorFeature>(null);
        }

        // The request is written once there is a connection, and not before.
        var (nothingSent, reused) = context.Connection;
        session.EndAttempt(failure, nothingSent || failure is Failure.ConnectFailed or Failure.ConnectTimeout, reused);
    }

    private static Failure FailureOf(ForwarderError error, RequestContext context, RequestSession session)
    {
        var exception = context.Http.Features.Get<IForwarderErrorFeature>()?.Exception;
        session.Record.ConnectError ??= UpstreamConnectException.In(exception)?.Message;
        var failure = ForwarderFailure.Of(
            error,
            exception,
            TimeoutOf(context, session),
            context.Http.RequestAborted.IsCancellationRequested,
            session.Responded
        );
        if (!session.Responded || failure is Failure.None or Failure.ClientAbort || context.Http.Response.HasStarted)
        {
            return failure;
        }

        // Nothing has gone on yet: YARP would answer 502, whatever it was.
        session.TakeBackHead();
        return failure == Failure.UpstreamBrokeOff ? ForwarderFailure.OfSending(exception) : failure;
    }

    private static Failure TimeoutOf(RequestContext context, RequestSession session) =>
        context.LimitReached is not Failure.None and var limit ? limit
        : context.TryTimedOut && !session.Responded ? Failure.TryTimeout
        : Failure.None;
}
