using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Endpoint = Mesh.Proxy.Upstream.Endpoint;

namespace Mesh.Proxy.Http;

/// <summary>One request from head to record: takes the configuration once, plans, carries the plan out, and reports what happened.</summary>
internal sealed class TrafficApplication(
    ConfigStore store,
    EndpointResolver resolver,
    IHttpForwarder forwarder,
    RecordSink sink,
    TimeProvider time
) : IHttpApplication<RequestContext>
{
    private static readonly RequestHeadPool Heads = new();

    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        var request = contextFeatures is IHostContextContainer<RequestContext> container
            ? container.HostContext ??= new RequestContext()
            : new RequestContext();
        request.Initialize(contextFeatures, Heads.Rent());
        return request;
    }

    public void DisposeContext(RequestContext context, Exception? exception) => Heads.Return(context.End());

    public async Task ProcessRequestAsync(RequestContext context)
    {
        // The one read of this request; everything later uses the record's.
        var config = store.Current;
        Begin(context, config);
        try
        {
            await AnswerAsync(context, config);
        }
        finally
        {
            context.CountBytes();
            var record = context.Record;
            record.EndTicks = time.GetTimestamp();
            sink.Add(record);
        }
    }

    private async ValueTask AnswerAsync(RequestContext context, ProxyConfig? config)
    {
        if (!HeadFilling.TryFill(context))
        {
            await FailAsync(context, Failure.HeadTooLarge);
            return;
        }

        if (config is null)
        {
            await FailAsync(context, Failure.NoConfiguration);
            return;
        }

        var record = context.Record;
        var traffic = context.Target.FindIn(config);
        record.Listener = traffic.Listener;
        var failure = RequestPlanner.Decide(context.Head, traffic.Http, out var plan);
        record.Plan = plan;
        record.Cluster = plan.Destination?.Cluster;
        if (failure != Failure.None)
        {
            await FailAsync(context, failure);
            return;
        }

        switch (plan.Rule!.Action)
        {
            case RuleAction.Forward forward:
                await ForwardAsync(context, config, forward, record.Cluster!);
                break;
            case RuleAction.DirectResponse direct:
                record.DirectResponse = true;
                await LocalReply.DirectAsync(context, direct);
                break;
            case RuleAction.Redirect redirect:
                record.DirectResponse = true;
                await LocalReply.RedirectAsync(context, redirect);
                break;
        }
    }

    private async ValueTask ForwardAsync(RequestContext context, ProxyConfig config, RuleAction.Forward forward, Cluster cluster)
    {
        var hasBody = context.Http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        context.BeginTimeout(forward.Timeout, hasBody, time);
        var failure = await AttemptAsync(context, config, cluster);
        var record = context.Record;
        var response = context.Http.Response;
        record.StatusCode = response.StatusCode;
        if (failure == Failure.None)
        {
            return;
        }

        if (failure == Failure.ClientAbort)
        {
            // Nobody reads an answer any more; the log says what happened.
            record.Failure = failure;
            record.StatusCode = response.HasStarted ? response.StatusCode : FailureTable.Of(failure).Status;
        }
        else if (response.HasStarted)
        {
            // YARP has reset the stream or the connection: a truncated answer must not look whole.
            record.Failure = failure;
        }
        else
        {
            await FailAsync(context, failure);
        }
    }

    private async ValueTask<Failure> AttemptAsync(RequestContext context, ProxyConfig config, Cluster cluster)
    {
        var endpoint = resolver.Resolve(cluster, context.Target, config);
        if (endpoint is null)
        {
            return Failure.NoHealthyEndpoint;
        }

        var record = context.Record;
        record.Endpoint = endpoint;
        record.Attempts++;
        record.AttemptTicks = time.GetTimestamp();
        var failure = Failure.None;
        endpoint.State.RequestStarted();
        try
        {
            failure = await SendAsync(context, cluster, endpoint);
            return failure;
        }
        finally
        {
            endpoint.State.RequestEnded(failed: failure is not (Failure.None or Failure.ClientAbort or Failure.ClientProtocolError));
        }
    }

    private async ValueTask<Failure> SendAsync(RequestContext context, Cluster cluster, Endpoint endpoint)
    {
        var http2 = cluster.Protocol switch
        {
            UpstreamProtocol.Http1 => false,
            UpstreamProtocol.Http2 => true,
            _ => context.Head.Version == HttpVersionKind.Http2,
        };
        var connections = endpoint.State.Connections;
        var invoker = connections.Get(http2, endpoint.Address, cluster.ConnectTimeout, UpstreamDialer.CreateHandler);
        var prefix = connections.UriPrefix(endpoint.Address);
        context.Transformer.Begin(prefix, http2, time);
        var http = context.Http;
        var error = await forwarder.SendAsync(http, prefix, invoker, TrafficDefaults.Forwarder(http2), context.Transformer, context.Limit);
        if (error == ForwarderError.None)
        {
            return Failure.None;
        }

        var exception = http.Features.Get<IForwarderErrorFeature>()?.Exception;
        context.Record.ConnectError = UpstreamConnectException.In(exception)?.Message;
        return ForwarderFailure.Of(
            error,
            exception,
            context.TimedOut,
            http.RequestAborted.IsCancellationRequested,
            context.Transformer.HeadSeen
        );
    }

    private static Task FailAsync(RequestContext context, Failure failure)
    {
        context.Record.Failure = failure;
        return LocalReply.FailAsync(context, failure);
    }

    private void Begin(RequestContext context, ProxyConfig? config)
    {
        var record = context.Record;
        record.Head = context.Head;
        record.Config = config;
        record.Inbound = context.Target.Inbound;
        record.DownstreamLocal = context.Target.Local;
        record.DownstreamRemote = context.Target.Remote;
        record.StartTime = time.GetUtcNow();
        record.StartTicks = time.GetTimestamp();
    }
}
