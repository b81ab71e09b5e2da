using System.IO.Pipelines;
using System.Net;
using Google.Protobuf;

namespace Mesh.Grpc;

/// <summary>
/// A call as its caller sees it: requests go out, responses come in, independently of each other. One read and one write may be
/// under way at a time. Its end is a false or a <see cref="GrpcException"/> from <see cref="MoveNextAsync"/>.
/// </summary>
/// <typeparam name="TRequest">What goes out.</typeparam>
/// <typeparam name="TResponse">What comes in.</typeparam>
public sealed class GrpcDuplexCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private static readonly GrpcStatus DeadlinePassed = new(GrpcStatusCode.DeadlineExceeded, "the deadline of the call has passed");
    private static readonly GrpcStatus Cancelled = new(GrpcStatusCode.Cancelled, "the caller cancelled the call");
    private static readonly GrpcStatus Disposed = new(GrpcStatusCode.Cancelled, "the call was disposed");
    private static readonly GrpcStatus ChannelDisposed = new(GrpcStatusCode.Cancelled, "the channel was disposed");
    private static readonly GrpcStatus WriteCancelled = new(GrpcStatusCode.Cancelled, "a write was cancelled inside a message");

    private readonly GrpcMethod<TRequest, TResponse> _method;
    private readonly GrpcChannelOptions _channelOptions;
    private readonly GrpcCallLifetime _lifetime = new();
    private readonly GrpcRequestContent _content = new();
    private readonly Task<HttpResponseMessage> _response;
    private readonly CancellationTokenRegistration _abort;
    private int _writing;
    private bool _writesCompleted;
    private GrpcMessageReader? _reader;
    private TResponse? _current;
    private GrpcMetadata? _headers;

    internal GrpcDuplexCall(GrpcChannel channel, GrpcMethod<TRequest, TResponse> method, GrpcCallOptions options)
    {
        _method = method;
        _channelOptions = channel.Options;
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(channel.Address, method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = _content,
        };
        AddHeaders(request, options, channel.Options);
        _lifetime.EndOn(Cancelled, options.CancellationToken);
        _lifetime.EndOn(ChannelDisposed, channel.Closing);
        _response = StartAsync(channel, request);
        // Reads see the token themselves; a call that nobody reads has to let go of its stream as well.
        _abort = _lifetime.Token.UnsafeRegister(static state => ((GrpcDuplexCall<TRequest, TResponse>)state!).Abort(), this);
    }

    /// <summary>The response that the last <see cref="MoveNextAsync"/> read.</summary>
    public TResponse Current =>
        _current ?? throw new InvalidOperationException("There is no current response: MoveNextAsync has not returned true.");

    /// <summary>How the call ended; null until <see cref="MoveNextAsync"/> has met the end.</summary>
    public GrpcStatus? Status { get; private set; }

    /// <summary>The metadata that came with the status; empty until then.</summary>
    public GrpcMetadata Trailers { get; private set; } = new();

    /// <summary>Waits for the response headers and gives their metadata; empty when the answer was a status alone. Counts as a read.</summary>
    /// <exception cref="GrpcException">The call failed before headers came.</exception>
    public async ValueTask<GrpcMetadata> GetResponseHeadersAsync(CancellationToken cancellationToken = default)
    {
        await OpenResponseAsync(cancellationToken);
        return _headers ?? new GrpcMetadata();
    }

    /// <summary>Sends a request and waits until the transport takes more. Cancelling a write ends the call.</summary>
    /// <exception cref="GrpcException">The call is over; <see cref="MoveNextAsync"/> tells the status the server gave, if it gave one.</exception>
    public async ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_writesCompleted)
        {
            throw new InvalidOperationException($"{_method.FullName}: writes are completed.");
        }
        if (Interlocked.Exchange(ref _writing, 1) == 1)
        {
            throw new InvalidOperationException($"{_method.FullName}: a write has not ended yet; await one before the next.");
        }
        using var linked = Link(cancellationToken);
        var token = linked?.Token ?? _lifetime.Token;
        try
        {
            var output = await _content.Output.WaitAsync(token);
            GrpcMessageWriter.Write(output, message, _channelOptions.MaxSendMessageSize);
            await GrpcMessageWriter.FlushAsync(output, token);
        }
        catch (GrpcException)
        {
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && _lifetime.Reason is null)
        {
            _lifetime.End(WriteCancelled);
            throw;
        }
        // The cancelled transport may have closed its stream before it looks at the token.
        catch (ObjectDisposedException e) when (cancellationToken.IsCancellationRequested && _lifetime.Reason is null)
        {
            _lifetime.End(WriteCancelled);
            throw new OperationCanceledException("The write was cancelled.", e, cancellationToken);
        }
        catch (Exception e) when (Explain(e) is { } status)
        {
            throw new GrpcException(status, null, e);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Tells the server that there are no more requests.</summary>
    public ValueTask CompleteWritesAsync()
    {
        _writesCompleted = true;
        _content.Complete();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads the next response; false when the call ended with OK. A cancelled read loses nothing and leaves the call open.</summary>
    /// <exception cref="GrpcException">The call ended otherwise; again each time it is asked.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        _current = null;
        if (Status is null)
        {
            await OpenResponseAsync(cancellationToken);
        }
        if (Status is null)
        {
            using var linked = Link(cancellationToken);
            try
            {
                _current = await _reader!.ReadAsync(_method.ResponseParser, linked?.Token ?? _lifetime.Token);
                if (_current is not null)
                {
                    return true;
                }
                var trailing = (await _response).TrailingHeaders;
                Finish(
                    GrpcWireHeaders.ReadStatus(trailing)
                        ?? new GrpcStatus(GrpcStatusCode.Unknown, "the server ended the stream without a grpc-status"),
                    GrpcWireHeaders.Read(trailing)
                );
            }
            catch (Exception e) when (!IsCallersOwn(e, cancellationToken))
            {
                FinishBroken(e);
            }
        }
        return Status is { Code: GrpcStatusCode.Ok } ? false : throw new GrpcException(Status!.Value, Trailers);
    }

    /// <summary>Ends the call; one that is still open is cancelled, which the server sees at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Status is null || !_writesCompleted)
        {
            _lifetime.End(Disposed);
        }
        _lifetime.Dispose();
        _content.Fail(new OperationCanceledException(Disposed.Message));
        try
        {
            (await _response).Dispose();
        }
        catch (Exception e) when (Explain(e) is not null)
        {
            // The call is over, and how it failed is no longer asked.
        }
        await _abort.DisposeAsync();
    }

    /// <summary>Sends the one request of a unary call; when that fails, the status that the server gave counts more than the write.</summary>
    internal async ValueTask WriteOnlyAsync(TRequest message)
    {
        try
        {
            await WriteAsync(message);
        }
        catch (GrpcException e) when (e.InnerException is not null)
        {
            await OpenResponseAsync(CancellationToken.None);
        }
        await CompleteWritesAsync();
    }

    private async Task<HttpResponseMessage> StartAsync(GrpcChannel channel, HttpRequestMessage request)
    {
        try
        {
            var response = await channel.SendAsync(request, _lifetime.Token);
            _content.OnResponse();
            return response;
        }
        catch (Exception e)
        {
            _content.Fail(e);
            throw;
        }
    }

    private void AddHeaders(HttpRequestMessage request, GrpcCallOptions options, GrpcChannelOptions channel)
    {
        var headers = request.Headers;
        headers.Host = channel.Tls?.TargetHost; // SocketsHttpHandler takes the name for SNI from here alone
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", channel.UserAgent);
        headers.TryAddWithoutValidation(GrpcWireHeaders.AcceptEncoding, GrpcWireHeaders.Identity);
        if (options.Deadline is { } deadline)
        {
            var left = deadline - channel.TimeProvider.GetUtcNow();
            headers.TryAddWithoutValidation(GrpcWireHeaders.Timeout, GrpcTimeout.Format(left));
            _lifetime.EndAfter(channel.TimeProvider, left, DeadlinePassed);
        }
        foreach (var entry in options.Headers ?? [])
        {
            headers.TryAddWithoutValidation(entry.Name, entry.Text);
        }
    }

    private async ValueTask OpenResponseAsync(CancellationToken cancellationToken)
    {
        if (_reader is not null || Status is not null)
        {
            return;
        }
        try
        {
            var response = await _response.WaitAsync(cancellationToken);
            if (GrpcResponseCheck.Examine(response) is { } status)
            {
                Finish(status, GrpcWireHeaders.Read(response.Headers));
                return;
            }
            _headers = GrpcWireHeaders.Read(response.Headers);
            var body = await response.Content.ReadAsStreamAsync(CancellationToken.None);
            // Zero-byte reads: a stream that is silent for hours holds no buffer meanwhile.
            var input = PipeReader.Create(
                body,
                new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 4096, useZeroByteReads: true)
            );
            _reader = new GrpcMessageReader(input, _channelOptions.MaxReceiveMessageSize);
        }
        catch (Exception e) when (!IsCallersOwn(e, cancellationToken))
        {
            FinishBroken(e);
            throw new GrpcException(Status!.Value, Trailers, e);
        }
    }

    private void Finish(GrpcStatus status, GrpcMetadata trailers)
    {
        Trailers = trailers;
        Status = status;
    }

    /// <summary>The call did not get to a status of the server's: gives it one and lets go of the stream.</summary>
    private void FinishBroken(Exception e)
    {
        var status = e is GrpcException own ? own.Status : Explain(e) ?? new GrpcStatus(GrpcStatusCode.Internal, e.Message);
        Finish(status, new GrpcMetadata());
        _lifetime.End(status);
    }

    private GrpcStatus? Explain(Exception e) => _lifetime.Reason ?? GrpcFailureMapping.FromException(e);

    private bool IsCallersOwn(Exception e, CancellationToken token) =>
        e is OperationCanceledException && token.IsCancellationRequested && _lifetime.Reason is null;

    private void Abort()
    {
        _content.Fail(new OperationCanceledException("the call is over"));
        if (_response.IsCompletedSuccessfully)
        {
            _response.Result.Dispose();
        }
    }

    private CancellationTokenSource? Link(CancellationToken token) =>
        token.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(token, _lifetime.Token) : null;
}
