using Google.Protobuf;
using Mesh.Grpc;
using Mesh.Xds;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>
/// The I/O edge of ADS. Every stream has one loop that reads requests, waits for changes and writes the next response
/// of its <see cref="StreamSession{TRequest, TResponse}"/>, always from the latest view: a slow or dead client delays nobody
/// and nothing piles up for it.
/// </summary>
internal sealed partial class DiscoveryService(
    IResourceSource source,
    SyncStatusStore status,
    DeliveryMetrics metrics,
    DiscoveryOptions options,
    TimeProvider time,
    ILogger<DiscoveryService> logger,
    StreamAdmission? admission = null
)
{
    // Timers know no more than 49 days.
    private static readonly TimeSpan LongestPass = TimeSpan.FromDays(40);

    public static GrpcMethod<Pb.DiscoveryRequest, Pb.DiscoveryResponse> SotwMethod { get; } =
        new(XdsMethods.StreamAggregatedResourcesPath, Pb.DiscoveryRequest.Parser, Pb.DiscoveryResponse.Parser);

    public static GrpcMethod<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> DeltaMethod { get; } =
        new(XdsMethods.DeltaAggregatedResourcesPath, Pb.DeltaDiscoveryRequest.Parser, Pb.DeltaDiscoveryResponse.Parser);

    /// <summary>Serves both variants on a server.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        var limits = new GrpcServerOptions { MaxReceiveMessageSize = options.MaxRequestSize };
        endpoints.MapGrpcDuplex(SotwMethod, stream => RunAsync(stream, SotwProtocol.Instance), limits);
        endpoints.MapGrpcDuplex(DeltaMethod, stream => RunAsync(stream, DeltaProtocol.Instance), limits);
    }

    private async Task RunAsync<TRequest, TMessage, TResponse>(
        GrpcServerStream<TRequest, TMessage> stream,
        IStreamProtocol<TRequest, TResponse> protocol
    )
        where TRequest : class, IMessage<TRequest>
        where TMessage : class, IMessage<TMessage>
        where TResponse : class
    {
        var pass = admission is null ? StreamPass.Anybody : await admission(stream.Context);
        var client = status.Connect(stream.Context.Peer, protocol.Name, pass.Identity);
        metrics.Clients.Inc();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stream.Context.CancellationToken);
        var session = new StreamSession<TRequest, TResponse>(protocol, options);
        var pace = new RequestPace(options.RequestBurst, time);
        var read = stream.MoveNextAsync(stop.Token).AsTask();
        var over = OverAsync(pass, stop.Token);
        try
        {
            var view = source.Current;
            var change = source.WaitForChangeAsync(view, stop.Token);
            IResourceView? checkedView = null;
            while (true)
            {
                if (over.IsCompletedSuccessfully)
                {
                    LogOver(logger, client.Node?.Id ?? "", client.Peer);
                    return;
                }
                if (read.IsCompleted)
                {
                    if (!await read)
                    {
                        return;
                    }
                    if (protocol.TypeUrlOf(stream.Current) == TypeUrls.Secret)
                    {
                        CheckSecrets(protocol.NamesOf(stream.Current), client);
                    }
                    Take(session.OnRequest(stream.Current), session.Node, client);
                    read = ReadNextAsync(stream, pace.Read(), stop.Token);
                }
                if (change.IsCompleted)
                {
                    await change;
                    view = source.Current;
                    change = source.WaitForChangeAsync(view, stop.Token);
                }
                if (session.Node is { } node && view is not null && !ReferenceEquals(view, checkedView))
                {
                    CheckNode(pass, node, view);
                    checkedView = view;
                }
                if (view is not null && session.Next(view) is { } outgoing)
                {
                    await SendAsync(stream, protocol.ToSequence(outgoing.Response), outgoing, client);
                    continue;
                }
                if (view is not null && session.IsSettled)
                {
                    client.SettledVersion = view.Version;
                }
                await Task.WhenAny(read, change, over);
            }
        }
        finally
        {
            metrics.Clients.Dec();
            status.Disconnect(client);
            await stop.CancelAsync();
            // The read under way ends with the stream; what it says no longer matters.
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            LogDisconnected(logger, client.Node?.Id ?? "", client.Peer, client.Protocol);
        }
    }

    private Task OverAsync(StreamPass pass, CancellationToken stop)
    {
        if (pass.Until is not { } until)
        {
            return Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
        }

        var left = until - time.GetUtcNow();
        return Task.Delay(
            left < TimeSpan.Zero ? TimeSpan.Zero
                : left > LongestPass ? LongestPass
                : left,
            time,
            stop
        );
    }

    private Task<bool> ReadNextAsync<TRequest, TMessage>(GrpcServerStream<TRequest, TMessage> stream, TimeSpan wait, CancellationToken stop)
        where TRequest : class, IMessage<TRequest>
        where TMessage : class, IMessage<TMessage>
    {
        return wait > TimeSpan.Zero ? WaitAsync() : stream.MoveNextAsync(stop).AsTask();

        async Task<bool> WaitAsync()
        {
            metrics.SlowedRequests.Inc();
            await Task.Delay(wait, time, stop);
            return await stream.MoveNextAsync(stop);
        }
    }

    private static void CheckNode(StreamPass pass, NodeInfo node, IResourceView view)
    {
        if (!pass.MayBe(node, view))
        {
            throw new GrpcException(GrpcStatusCode.PermissionDenied, "the caller is not this node; the control plane's log says why");
        }
    }

    private void CheckSecrets(IEnumerable<string> names, ClientStatus client)
    {
        if (names.FirstOrDefault(name => !SecretNames.MayAsk(name)) is { } name)
        {
            LogForeignSecret(logger, client.Node?.Id ?? "", client.Identity, client.Peer, name);
            throw new GrpcException(GrpcStatusCode.PermissionDenied, $"secret \"{name}\" is not for this node");
        }
    }

    private void Take(RequestOutcome outcome, NodeInfo? node, ClientStatus client)
    {
        if (client.Node is null && node is not null)
        {
            client.Node = node;
            LogConnected(logger, node.Id, node.Kind, client.Peer, client.Protocol);
        }
        switch (outcome.Kind)
        {
            case RequestKind.Subscribed:
                client.OnSubscribed(outcome.TypeUrl);
                break;
            case RequestKind.Acked:
                if (client.OnAcked(outcome.TypeUrl, outcome.Nonce) is var changedAt and not 0)
                {
                    metrics.Acked(outcome.TypeUrl, time.GetElapsedTime(changedAt));
                }
                break;
            case RequestKind.Nacked:
                var error = DiagnosticText.Clip(outcome.Error, DiscoveryOptions.MaxErrorLength);
                client.OnNacked(outcome.TypeUrl, outcome.Nonce, error);
                metrics.Rejected(outcome.TypeUrl);
                LogNacked(logger, client.Node?.Id ?? "", TypeUrls.ShortName(outcome.TypeUrl), outcome.Nonce, error);
                break;
            case RequestKind.Malformed:
                throw new GrpcException(GrpcStatusCode.InvalidArgument, outcome.Error);
            case RequestKind.OverLimit:
                throw new GrpcException(GrpcStatusCode.ResourceExhausted, outcome.Error);
            case RequestKind.Stale:
                break;
        }
    }

    private async Task SendAsync<TRequest, TMessage, TResponse>(
        GrpcServerStream<TRequest, TMessage> stream,
        System.Buffers.ReadOnlySequence<byte> bytes,
        Outgoing<TResponse> outgoing,
        ClientStatus client
    )
        where TRequest : class, IMessage<TRequest>
        where TMessage : class, IMessage<TMessage>
    {
        client.OnSent(outgoing);
        metrics.Sent(outgoing.TypeUrl);
        using var timeout = new CancellationTokenSource(options.WriteTimeout, time);
        try
        {
            await stream.WriteAsync(bytes, timeout.Token);
        }
        // Giving up on a write aborts the call, so the call's own token tells nothing here.
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            metrics.WriteTimeouts.Inc();
            LogNotRead(logger, client.Node?.Id ?? "", client.Peer, options.WriteTimeout);
            throw new GrpcException(GrpcStatusCode.Unavailable, $"a response was not read within {options.WriteTimeout.TotalSeconds} s");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} ({Kind}) connected from {Peer}, {Protocol}")]
    private static partial void LogConnected(ILogger logger, string node, NodeKind kind, string peer, string protocol);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The credential by which {Node} at {Peer} opened its stream has ended; so does the stream"
    )]
    private static partial void LogOver(ILogger logger, string node, string peer);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} at {Peer} disconnected, {Protocol}")]
    private static partial void LogDisconnected(ILogger logger, string node, string peer, string protocol);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} refused {Type} response {Nonce}: {Error}")]
    private static partial void LogNacked(ILogger logger, string node, string type, string nonce, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Node} ({Identity}) at {Peer} asked for secret \"{Name}\", which is not its own; its stream ends"
    )]
    private static partial void LogForeignSecret(ILogger logger, string node, string identity, string peer, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} at {Peer} did not read a response within {Limit}; its stream ends")]
    private static partial void LogNotRead(ILogger logger, string node, string peer, TimeSpan limit);
}
