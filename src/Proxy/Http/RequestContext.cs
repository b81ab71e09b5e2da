using Mesh.Http2;
using Mesh.Proxy.Http.ToHttp1;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Mesh.Proxy.Http;

/// <summary>
/// Everything one request needs while it runs. Kestrel keeps it with the connection (HTTP/1.1) or the stream (HTTP/2) and hands it to the
/// next request there.
/// </summary>
#pragma warning disable CA1001 // the two bodies own nothing, and the limit is disposed where it fires
internal sealed class RequestContext
#pragma warning restore CA1001
{
    private readonly MeteredRequestBody _requestBody;
    private readonly MeteredResponseBody _responseBody;
    private readonly TimeProvider _time;
    private RequestHead? _head;
    private MeteredTunnel? _tunnel;
    private CancellationTokenSource? _limit;
    private CancellationTokenSource? _tryLimit;
    private CancellationTokenRegistration _limitOfTry;
    private TimeSpan _timeout;
    private TimeSpan _tryTimeout;
    private bool _complete;

    // The limits count although the client is still sending, because nobody reads what it sends.
    private bool _unread;
    private volatile bool _answering;

    /// <param name="keptBytes">Of a body, so that another attempt can send them.</param>
    public RequestContext(RequestSession session, Http1Sender http1, int keptBytes, TrafficLimits limits, TimeProvider time)
    {
        Session = session;
        Http1 = new Http1Invoker(http1, this);
        Limits = limits;
        _time = time;
        Watch = new StreamWatch(limits.StreamIdleTimeout, time, GiveUp);
        _responseBody = new MeteredResponseBody(Watch);
        _requestBody = new MeteredRequestBody(this, keptBytes);
        Transformer = new AttemptTransformer(this);
    }

    public DefaultHttpContext Http { get; private set; } = null!; // set by Initialize, which the codec calls first

    public RequestSession Session { get; }

    /// <summary>Sends attempts of this request over HTTP/1.1.</summary>
    public HttpMessageInvoker Http1 { get; }

    public TrafficLimits Limits { get; }

    public StreamWatch Watch { get; }

    public AttemptTransformer Transformer { get; }

    /// <summary>Of an extended CONNECT; null for all else.</summary>
    public MeteredTunnel? Tunnel => _tunnel;

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request has ended.");

    public long RequestBytes => _requestBody.Bytes + (_tunnel?.Received ?? 0);

    public long ResponseBytes => _responseBody.Bytes + (_tunnel?.Sent ?? 0);

    /// <summary>Fires when the route's time is up or nothing moves any more.</summary>
    public CancellationToken Limit => _limit!.Token;

    /// <summary>Why <see cref="Limit"/> has fired; none where it has not.</summary>
    public Failure LimitReached =>
        !_limit!.IsCancellationRequested ? Failure.None
        : !Watch.IsStalled ? Failure.RequestTimeout
        : _complete ? Failure.StreamIdle
        : Failure.RequestStalled;

    /// <summary>Fires with <see cref="Limit"/>, and when the time of the present attempt is up.</summary>
    public CancellationToken TryLimit => _tryTimeout > TimeSpan.Zero ? _tryLimit!.Token : Limit;

    /// <summary>The time of the present attempt was up, or the whole request's.</summary>
    public bool TryTimedOut => _tryTimeout > TimeSpan.Zero && _tryLimit!.IsCancellationRequested;

    public void Initialize(IFeatureCollection features, RequestHead head)
    {
        Http ??= new DefaultHttpContext();
        Http.Initialize(features);
        _head = head;
        _requestBody.Begin(Http.Request.Body);
        Http.Request.Body = _requestBody;
        _responseBody.Begin(features.GetRequiredFeature<IHttpResponseBodyFeature>());
        features.Set<IHttpResponseBodyFeature>(_responseBody);
        if (features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            _tunnel = new MeteredTunnel(connect, Watch);
            features.Set<IHttpExtendedConnectFeature>(_tunnel);
        }

        _limit ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        _answering = false;
        Watch.Begin();
        _complete = !(features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true);
    }

    /// <summary>
    /// Arms the route's timeout. As in Envoy it counts from the end of the client's request, so a slow upload or a long stream of requests
    /// is not cut by it (Envoy, RouteAction.timeout); and while a connection is waited for, because nobody reads on before there is one.
    /// </summary>
    public void BeginTimeout(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return;
        }

        _timeout = timeout;
        _limit!.CancelAfter(timeout);
        _unread = !_complete;
    }

    /// <summary>Makes the body ready to be read from its start, and arms the time of one attempt, which counts as the route's does.</summary>
    public void BeginAttempt(TimeSpan timeout)
    {
        Watch.Moved();
        _requestBody.BeginAttempt(Session.MayRetry);
        Connection = default;
        if (_timeout > TimeSpan.Zero && !_complete && !_unread)
        {
            // Another connection is waited for.
            _limit!.CancelAfter(_timeout);
            _unread = true;
        }

        _tryTimeout = timeout;
        if (timeout <= TimeSpan.Zero)
        {
            return;
        }

        _tryLimit ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        _limitOfTry = Limit.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), _tryLimit);
        _tryLimit.CancelAfter(timeout);
        _unread = !_complete;
    }

    /// <summary>There is a connection, and what the client sends is read: from here on its end counts.</summary>
    public void Connected()
    {
        if (!_unread)
        {
            return;
        }

        _unread = false;
        _limit!.CancelAfter(Timeout.InfiniteTimeSpan);
        if (_tryTimeout > TimeSpan.Zero)
        {
            _tryLimit!.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The answer's head came, and from here on only the whole request's time counts. False where it came too late.</summary>
    public bool TryEndTryTimeout()
    {
        if (_tryTimeout <= TimeSpan.Zero)
        {
            return true;
        }

        _tryLimit!.CancelAfter(Timeout.InfiniteTimeSpan);
        return !_tryLimit.IsCancellationRequested;
    }

    public void EndAttempt()
    {
        Session.Replayable = _requestBody.IsReplayable;
        if (_tryTimeout <= TimeSpan.Zero)
        {
            return;
        }

        _tryTimeout = TimeSpan.Zero;
        _limitOfTry.Dispose();
        if (!_tryLimit!.TryReset())
        {
            _tryLimit.Dispose();
            _tryLimit = null;
        }
    }

    /// <summary>A request without a body is whole from the beginning.</summary>
    public void BeginMirrors()
    {
        if (_complete)
        {
            Session.Copies?.Complete();
        }
    }

    public void RequestBodyEnded()
    {
        _complete = true;
        _unread = false;
        Session.Copies?.Complete();
        if (_timeout > TimeSpan.Zero)
        {
            _limit!.CancelAfter(_timeout);
        }

        if (_tryTimeout > TimeSpan.Zero)
        {
            _tryLimit!.CancelAfter(_tryTimeout);
        }
    }

    /// <summary>What the HTTP/1.1 connection of the present attempt says about it, for <see cref="RequestSession.EndAttempt"/>.</summary>
    public (bool NothingSent, bool Reused) Connection { get; set; }

    /// <inheritdoc cref="MeteredRequestBody.TryKeep"/>
    public bool TryKeepBody() => _requestBody.TryKeep();

    /// <summary>Reads the beginning of the body, which an attempt will read again.</summary>
    public async ValueTask<(ReadOnlyMemory<byte> Seen, bool Partial)> PeekBodyAsync(int most, CancellationToken cancellation)
    {
        _requestBody.BeginAttempt(mayRetry: true);
        // However little is kept for retries.
        _requestBody.TryKeep();
        var buffer = new byte[most + 1];
        var length = 0;
        while (length < buffer.Length && await _requestBody.ReadAsync(buffer.AsMemory(length), cancellation) is > 0 and var read)
        {
            length += read;
        }

        _requestBody.Release();
        return (buffer.AsMemory(0, Math.Min(length, most)), length > most);
    }

    /// <inheritdoc cref="MeteredRequestBody.Release"/>
    public void ReleaseBody() => _requestBody.Release();

    /// <summary>The answer is whole. What of it its client's windows do not let pass is the server's, for a while.</summary>
    public void KeepLeftover()
    {
        var features = Http.Features;
        if (
            features.Get<Http2Leftovers>() is { } leftovers
            && features.Get<IHttpResetFeature>() is { } stream
            && !Http.RequestAborted.IsCancellationRequested
        )
        {
            leftovers.Keep(features.GetRequiredFeature<IHttp2StreamIdFeature>().StreamId, stream);
        }
    }

    /// <summary>Gives back the head, and makes everything ready for the next request.</summary>
    public RequestHead End()
    {
        var head = Head;
        _head = null;
        Watch.End();
        _requestBody.End();
        _responseBody.End();
        if (_tunnel is not null)
        {
            Http.Features.Set(_tunnel.Inner);
            _tunnel = null;
        }

        _timeout = TimeSpan.Zero;
        _unread = false;
        if (!_limit!.TryReset())
        {
            _limit.Dispose();
            _limit = null;
        }

        Http.Uninitialize();
        return head;
    }

    /// <summary>The answer is our own. It is written although a limit was reached, unless its client does not take that either.</summary>
    public void BeginAnswer()
    {
        Watch.Begin();
        _answering = true;
    }

    private void GiveUp()
    {
        _limit!.Cancel();
        if (_answering)
        {
            Http.Abort();
        }
    }
}
