using System.Buffers;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Mesh.Grpc;

/// <summary>
/// A call as its handler sees it: requests come in, responses go out, independently of each other.
/// One read and one write may be under way at a time. When the client leaves, the deadline passes or the server stops, both throw
/// <see cref="OperationCanceledException"/>, which the handler need not catch.
/// </summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TResponse">What the client gets.</typeparam>
#pragma warning disable CA1001 // the semaphore has no wait handle, so there is nothing to dispose
public sealed class GrpcServerStream<TRequest, TResponse>
#pragma warning restore CA1001
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly HttpContext _http;
    private readonly GrpcMethod<TRequest, TResponse> _method;
    private readonly int _maxSendSize;
    private readonly GrpcMessageReader _reader;
    private readonly SemaphoreSlim _writing = new(1);
    private TRequest? _current;
    private volatile bool _ended;

    internal GrpcServerStream(
        HttpContext http,
        GrpcMethod<TRequest, TResponse> method,
        GrpcServerOptions options,
        GrpcServerContext context
    )
    {
        _http = http;
        _method = method;
        _maxSendSize = options.MaxSendMessageSize;
        _reader = new GrpcMessageReader(http.Request.BodyReader, options.MaxReceiveMessageSize);
        Context = context;
    }

    /// <summary>What is known about the call.</summary>
    public GrpcServerContext Context { get; }

    /// <summary>The request that the last <see cref="MoveNextAsync"/> read.</summary>
    public TRequest Current =>
        _current ?? throw new InvalidOperationException("There is no current request: MoveNextAsync has not returned true.");

    /// <summary>Reads the next request; false when the client has sent its last. A cancelled read loses nothing.</summary>
    /// <exception cref="GrpcException">The client sent what is no message, or one that is too large; let it pass and the call ends with its status.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        Context.CancellationToken.ThrowIfCancellationRequested();
        if (_ended)
        {
            throw new InvalidOperationException($"{_method.FullName}: the handler has returned, so the call is over.");
        }
        using var linked = Link(cancellationToken);
        var token = linked?.Token ?? Context.CancellationToken;
        try
        {
            _current = await _reader.ReadAsync(_method.RequestParser, token);
            return _current is not null;
        }
        // Kestrel reports a client that left as an IOException or a reset, whichever comes first: for a handler it is one thing.
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            throw new OperationCanceledException("The client has left the call.", e, Context.CancellationToken);
        }
    }

    /// <summary>Sends a response and waits until the transport takes more. Cancelling a write ends the call.</summary>
    public ValueTask WriteAsync(TResponse message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(message, default, cancellationToken);
    }

    /// <summary>Sends a response that is serialised already, without copying it as a whole; the bytes must not change until the write is done.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> serialized, CancellationToken cancellationToken = default) =>
        SendAsync(null, new ReadOnlySequence<byte>(serialized), cancellationToken);

    /// <summary>Sends a serialised response that lies in several pieces, such as a head of its own and shared resources.</summary>
    public ValueTask WriteAsync(ReadOnlySequence<byte> serialized, CancellationToken cancellationToken = default) =>
        SendAsync(null, serialized, cancellationToken);

    /// <summary>Sends the response headers now rather than with the first response.</summary>
    public ValueTask SendHeadersAsync(CancellationToken cancellationToken = default) => SendAsync(null, null, cancellationToken);

    /// <summary>Whether response headers are on their way, so that the status has to go into trailers.</summary>
    internal bool Started { get; private set; }

    /// <summary>Appends the only response of a unary call; it leaves with the status.</summary>
    internal void WriteLast(TResponse message)
    {
        StartResponse();
        GrpcMessageWriter.Write(_http.Response.BodyWriter, message, _maxSendSize);
    }

    /// <summary>Lets no further read or write begin and waits for the write under way.</summary>
    internal Task CloseAsync()
    {
        _ended = true;
        return _writing.WaitAsync();
    }

    private async ValueTask SendAsync(TResponse? message, ReadOnlySequence<byte>? serialized, CancellationToken cancellationToken)
    {
        Context.CancellationToken.ThrowIfCancellationRequested();
        if (!_writing.Wait(0, CancellationToken.None))
        {
            throw new InvalidOperationException($"{_method.FullName}: a write has not ended yet; await one before the next.");
        }
        using var linked = Link(cancellationToken);
        var token = linked?.Token ?? Context.CancellationToken;
        try
        {
            token.ThrowIfCancellationRequested();
            StartResponse();
            var output = _http.Response.BodyWriter;
            if (message is not null)
            {
                GrpcMessageWriter.Write(output, message, _maxSendSize);
                await GrpcMessageWriter.FlushAsync(output, token);
            }
            else if (serialized is { } bytes)
            {
                await GrpcMessageWriter.WriteAsync(output, bytes, _maxSendSize, token);
            }
            else
            {
                await GrpcMessageWriter.FlushAsync(output, token);
            }
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            throw new OperationCanceledException("The client has left the call.", e, Context.CancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void StartResponse()
    {
        if (!Started)
        {
            Started = true;
            GrpcWireHeaders.Append(_http.Response.Headers, Context.ResponseHeaders);
        }
    }

    private CancellationTokenSource? Link(CancellationToken token) =>
        token.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(token, Context.CancellationToken) : null;
}
