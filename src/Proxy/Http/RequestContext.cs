using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

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
    private readonly MeteredResponseBody _responseBody = new();
    private RequestHead? _head;
    private CancellationTokenSource? _limit;
    private TimeSpan _timeout;

    public RequestContext(RequestSession session)
    {
        Session = session;
        _requestBody = new MeteredRequestBody(this);
        Transformer = new AttemptTransformer(this);
    }

    public DefaultHttpContext Http { get; private set; } = null!; // set by Initialize, which the codec calls first

    public RequestSession Session { get; }

    public AttemptTransformer Transformer { get; }

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request has ended.");

    public long RequestBytes => _requestBody.Bytes;

    public long ResponseBytes => _responseBody.Bytes;

    /// <summary>Fires when the route's time is up; never fires where it has none.</summary>
    public CancellationToken Limit => _timeout > TimeSpan.Zero ? _limit!.Token : CancellationToken.None;

    public bool TimedOut => _timeout > TimeSpan.Zero && _limit!.IsCancellationRequested;

    public void Initialize(IFeatureCollection features, RequestHead head)
    {
        Http ??= new DefaultHttpContext();
        Http.Initialize(features);
        _head = head;
        _requestBody.Begin(Http.Request.Body);
        Http.Request.Body = _requestBody;
        _responseBody.Begin(features.GetRequiredFeature<IHttpResponseBodyFeature>());
        features.Set<IHttpResponseBodyFeature>(_responseBody);
    }

    /// <summary>
    /// Arms the route's timeout. As in Envoy it counts from the end of the client's request, so a slow upload or a long stream of requests
    /// is not cut by it (Envoy, RouteAction.timeout).
    /// </summary>
    public void BeginTimeout(TimeSpan timeout, bool hasBody, TimeProvider time)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return;
        }

        _limit ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _timeout = timeout;
        if (!hasBody)
        {
            _limit.CancelAfter(timeout);
        }
    }

    public void RequestBodyEnded()
    {
        if (_timeout > TimeSpan.Zero)
        {
            _limit!.CancelAfter(_timeout);
        }
    }

    /// <summary>Gives back the head, and makes everything ready for the next request.</summary>
    public RequestHead End()
    {
        var head = Head;
        _head = null;
        _requestBody.End();
        _responseBody.End();
        if (_timeout > TimeSpan.Zero)
        {
            _timeout = TimeSpan.Zero;
            if (!_limit!.TryReset())
            {
                _limit.Dispose();
                _limit = null;
            }
        }

        Http.Uninitialize();
        return head;
    }
}
