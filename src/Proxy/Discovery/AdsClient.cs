using System.Collections.Immutable;
using System.Threading.Channels;
using Mesh.Grpc;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// Keeps a delta xDS stream to the control plane open and moves its messages; <see cref="AdsSession"/> does the thinking. While
/// the stream is down, everything accepted before stays in force.
/// </summary>
internal sealed class AdsClient
{
    // Far above any real mesh's largest response, and far below what would exhaust a sidecar's memory by accident.
    private const int MaxResponseBytes = 128 * 1024 * 1024;

    private static readonly GrpcMethod<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> Method = new(
        XdsMethods.DeltaAggregatedResourcesPath,
        Pb.DeltaDiscoveryRequest.Parser,
        Pb.DeltaDiscoveryResponse.Parser
    );

    private readonly AdsSession _session;
    private readonly ConfigPublisher _publisher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ReconnectBackoff _backoff;
    private readonly Uri _address;
    private readonly Func<GrpcTlsOptions>? _tls;
    private readonly Action<XdsSet>? _accepted;
    private DiscoveryStatus _status = DiscoveryStatus.Empty;
    private ImmutableArray<RejectedResource> _loggedRejections = [];
    private XdsSet _loggedNotes = XdsSet.Empty;

    /// <param name="tls">Asked for each connection; null for plaintext.</param>
    /// <param name="accepted">Told of every set that was accepted from the control plane; must be quick.</param>
    public AdsClient(
        Uri address,
        AdsSession session,
        ConfigPublisher publisher,
        TimeProvider time,
        ILogger<AdsClient> logger,
        Random random,
        Func<GrpcTlsOptions>? tls = null,
        Action<XdsSet>? accepted = null
    )
    {
        _session = session;
        _publisher = publisher;
        _time = time;
        _logger = logger;
        _backoff = new ReconnectBackoff(random);
        (_address, _tls, _accepted) = (address, tls, accepted);
    }

    /// <summary>Safe to read from any thread.</summary>
    public DiscoveryStatus Status => Volatile.Read(ref _status);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        Offer(connected: false);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunStreamAsync(stopping);
                _logger.LogInformation("The control plane {Address} ended the stream", _address);
            }
            // A cancelled call ends with either, and that this process stops is nobody's fault.
            catch (Exception e) when (e is OperationCanceledException or GrpcException && stopping.IsCancellationRequested)
            {
                return;
            }
            catch (GrpcException e)
            {
                _logger.LogWarning("No stream from the control plane {Address}: {Reason}", _address, e.Message);
            }
            // A bug that one message brings to light must not end the loop: traffic would be served from an old configuration for ever.
            catch (Exception e)
            {
                _logger.LogError(e, "The stream from the control plane {Address} is given up", _address);
            }

            Offer(connected: false);
            var wait = _backoff.Next();
            _logger.LogDebug("Next attempt in {Milliseconds:0} ms", wait.TotalMilliseconds);
            try
            {
                await Task.Delay(wait, _time, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task RunStreamAsync(CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        // A connection a stream: the next one shows the certificate of its own day.
        using var channel = new GrpcChannel(
            _address,
            new GrpcChannelOptions
            {
                MaxReceiveMessageSize = MaxResponseBytes,
                UserAgent = NodeDescription.UserAgent,
                TimeProvider = _time,
                Tls = _tls?.Invoke(),
            }
        );
        await using var call = channel.OpenDuplex(Method, new GrpcCallOptions { CancellationToken = ended.Token });
        // Reading never waits for writing: answers queue here and one loop sends them.
        var outgoing = Channel.CreateUnbounded<Pb.DeltaDiscoveryRequest>(new UnboundedChannelOptions { SingleReader = true });
        var writer = WriteAsync(call, outgoing.Reader, ended.Token);
        try
        {
            Send(outgoing.Writer, _session.Connected());
            while (await call.MoveNextAsync(stopping))
            {
                _backoff.Reset();
                Send(outgoing.Writer, _session.Receive(call.Current, _time.GetUtcNow()));
                _accepted?.Invoke(_session.Current);
                Offer(connected: true);
            }
        }
        finally
        {
            outgoing.Writer.Complete();
            await ended.CancelAsync();
            await writer;
        }
    }

    private async Task WriteAsync(
        GrpcDuplexCall<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> call,
        ChannelReader<Pb.DeltaDiscoveryRequest> outgoing,
        CancellationToken ended
    )
    {
        try
        {
            await foreach (var request in outgoing.ReadAllAsync(ended))
            {
                await call.WriteAsync(request, ended);
            }
        }
        catch (Exception e) when (e is GrpcException or OperationCanceledException)
        {
            // The reading side meets the same end and reports it.
            _logger.LogDebug("Writing ended: {Reason}", e.Message);
        }
    }

    private static void Send(ChannelWriter<Pb.DeltaDiscoveryRequest> outgoing, ImmutableArray<Pb.DeltaDiscoveryRequest> requests)
    {
        foreach (var request in requests)
        {
            outgoing.TryWrite(request);
        }
    }

    private void Offer(bool connected)
    {
        if (!ReferenceEquals(_loggedNotes, _session.Current))
        {
            LogNotes(_loggedNotes, _session.Current);
            _loggedNotes = _session.Current;
        }

        var rejected = _session.Rejected;
        foreach (var resource in rejected.Except(_loggedRejections))
        {
            _logger.LogWarning(
                "Refused {Type} '{Name}' version {Version}: {Reason}; the last good one stays",
                TypeUrls.ShortName(resource.TypeUrl),
                resource.Name,
                resource.Version,
                resource.Reason
            );
        }

        _loggedRejections = rejected;
        Volatile.Write(
            ref _status,
            new DiscoveryStatus(
                connected,
                _session.Current,
                rejected,
                TypeUrls.PushOrder.ToImmutableDictionary(t => t, _session.SystemVersionOf, StringComparer.Ordinal)
            )
        );
        if (_session.Complete)
        {
            _publisher.Offer(_session.Current, _session.Awaited());
        }
    }

    private void LogNotes(XdsSet before, XdsSet after)
    {
        foreach (var entry in after.All.Where(e => !e.Notes.IsEmpty))
        {
            if (!ReferenceEquals(before.Of(entry.TypeUrl).GetValueOrDefault(entry.Name), entry))
            {
                _logger.LogWarning(
                    "{Type} '{Name}': {Notes}",
                    TypeUrls.ShortName(entry.TypeUrl),
                    entry.Name,
                    string.Join("; ", entry.Notes)
                );
            }
        }
    }
}
