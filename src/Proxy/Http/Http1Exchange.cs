using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>
/// Everything one HTTP/1.1 request needs while it runs: heads, parsers, buffers and its session. Rented with the request's first byte and given
/// back at its end, so that an idle connection holds none of it.
/// </summary>
#pragma warning disable CA1001 // the cancellation is disposed where it fires
internal sealed class Http1Exchange(RequestSession session, Http1Limits limits)
#pragma warning restore CA1001
{
    private CancellationTokenSource? _cancellation;
    private ReplayClaim _sentBody;

    public RequestSession Session { get; } = session;

    public RequestHead Head { get; } = new();

    public Http1HeadParser RequestParser { get; } = new(limits);

    public BodyReader RequestBody { get; private set; } = null!; // set by Create

    /// <summary>The final response, or the interim one that is just being passed on.</summary>
    public ResponseHead Response { get; } = new();

    public Http1HeadParser ResponseParser { get; } = new(limits);

    public BodyReader ResponseBody { get; private set; } = null!; // set by Create

    /// <summary>From the upstream.</summary>
    public ReceiveBuffer In { get; } = new();

    /// <summary>To the upstream: the request's head, and what had come of its body by then.</summary>
    public SendBuffer Out { get; } = new();

    /// <summary>The request's body, as it goes to the upstream.</summary>
    public SendBuffer Body { get; } = new();

    /// <summary>Whether what was sent of the body stays.</summary>
    public ref ReplayClaim SentBody => ref _sentBody;

    /// <summary>The body goes on in chunks.</summary>
    public bool FramesBody { get; set; }

    /// <summary>Of a response that did not come in chunks.</summary>
    public HeaderFields Trailers { get; } = new();

    public Http1HeadFacts RequestFacts { get; set; }

    public ContinueState Continue { get; set; }

    /// <summary>The head broke a rule or never came whole: nothing after it can be read.</summary>
    public bool Refused { get; set; }

    /// <summary>The body as it came, for a service that decides about the request; null where none sees it.</summary>
    public System.Buffers.ArrayBufferWriter<byte>? Seen { get; set; }

    /// <summary>Bytes that <see cref="Seen"/> can come to.</summary>
    public int MostSeen { get; set; }

    /// <summary>The client asked for an upgrade that is passed on.</summary>
    public bool Upgrading { get; set; }

    /// <summary>How the response's body goes to the client.</summary>
    public Http1BodyLength Downstream { get; set; }

    /// <summary>Why the request's body cannot be passed on: the client left or broke a rule.</summary>
    public Failure UploadFailure { get; set; }

    /// <summary>The upstream takes no more of the request; it may still answer.</summary>
    public bool UploadBroken { get; set; }

    /// <summary>The attempt is over: the rest of the request is of no use.</summary>
    public bool UploadStopped
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>What this attempt came to so far.</summary>
    public Failure Failure { get; set; }

    /// <summary>Answers of this attempt before the one that counts.</summary>
    public int InterimAnswers { get; set; }

    /// <summary>Body bytes that went to the client.</summary>
    public long ResponseBytes { get; set; }

    /// <summary>Body bytes that came from the client, a tunnel's included.</summary>
    public long RequestBytes => RequestBody.Bytes + TunnelBytes;

    public long TunnelBytes { get; set; }

    /// <summary>Ends waits when the client leaves or the request's time is up.</summary>
    public CancellationTokenSource Cancellation => _cancellation ??= new CancellationTokenSource();

    /// <summary>Bytes held, for the pool: what grew far is not kept.</summary>
    public int Capacity => Head.Capacity + Response.Capacity;

    public static Http1Exchange Create(RequestSession session, Http1Limits limits)
    {
        var exchange = new Http1Exchange(session, limits);
        exchange.RequestBody = new BodyReader(exchange.RequestParser, limits);
        exchange.ResponseBody = new BodyReader(exchange.ResponseParser, limits);
        return exchange;
    }

    /// <summary>Everything of the last attempt is forgotten.</summary>
    public void BeginAttempt()
    {
        _sentBody.Reset();
        In.Clear();
        Trailers.Clear();
        ResponseParser.Reset();
        Failure = Failure.None;
        InterimAnswers = 0;
        UploadBroken = UploadStopped = false;
    }

    /// <summary>The cancellation may still fire, which must not hit another request.</summary>
    public void DropCancellation() => _cancellation = null;

    /// <summary>Ready for the next request.</summary>
    public void Reset()
    {
        In.Clear();
        Out.Clear();
        Body.Clear();
        RequestParser.Reset();
        ResponseParser.Reset();
        RequestBody.Begin(Http1BodyLength.None, ofResponse: false);
        ResponseBytes = TunnelBytes = 0;
        Refused = Upgrading = false;
        Seen = null;
        UploadFailure = Failure.None;
        if (_cancellation is not null && !_cancellation.TryReset())
        {
            _cancellation.Dispose();
            _cancellation = null;
        }
    }
}
