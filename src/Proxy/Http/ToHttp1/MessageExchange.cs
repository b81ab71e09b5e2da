using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>One request on one rented connection, from its head to the end of its answer; gives the connection back once.</summary>
internal sealed class MessageExchange
{
    private readonly UpstreamConnection _connection;
    private readonly PerCorePool<MessageBuffers> _pool;
    private readonly MessageBuffers _buffers;
    private readonly HttpRequestMessage _request;
    private readonly RequestContext _context;
    private readonly TimeProvider _time;
    private RequestUpload? _upload;
    private string? _key;
    private Http1HeadFacts _facts;
    private int _interim;
    private int _ended;

    public MessageExchange(
        UpstreamConnection connection,
        PerCorePool<MessageBuffers> pool,
        HttpRequestMessage request,
        RequestContext context,
        TimeProvider time
    )
    {
        _connection = connection;
        _pool = pool;
        _buffers = pool.Rent();
        _request = request;
        _context = context;
        _time = time;
    }

    /// <summary>What of the answer is read already; nobody's after <see cref="End"/>.</summary>
    public MessageBuffers Buffers => _buffers;

    public UpstreamConnection Connection => _connection;

    /// <summary>Sends the request and gives its answer as soon as that has a head; the body is sent on beside it.</summary>
    /// <exception cref="AttemptException">There is no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(CancellationToken cancellation)
    {
        var head = _context.Head;
        var upgrading = head.TryGet(KnownHeader.Upgrade, out _) && _request.Headers.NonValidated.Contains("upgrade");
        var length = Length(head);
        if (!TryWriteHead(length, upgrading))
        {
            throw new AttemptException(Failure.ClientProtocolError, "The rewritten request does not fit on its line.");
        }

        try
        {
            var waits = false;
            if (_request.Content is null)
            {
                await _connection.SendAsync(_buffers.Out.Unsent, cancellation);
            }
            else
            {
                _upload = new RequestUpload(_connection, _buffers.Out, length, _context);
                waits = head.TryGet("expect"u8, out var expect) && Ascii.EqualsIgnoreCase(expect, "100-continue"u8);
                await _upload.BeginAsync(_request.Content, waits, _time);
            }

            while (!TryTakeHead(upgrading))
            {
                var count = await _connection.ReceiveAsync(_buffers.In.Free(), cancellation);
                if (count == 0)
                {
                    throw new AttemptException(Failure.UpstreamReset, "The upstream closed the connection without an answer.");
                }

                _buffers.In.Received(count);
            }
        }
        catch (Exception error) when (IsBroken(error))
        {
            cancellation.ThrowIfCancellationRequested();
            throw new AttemptException(Failure.UpstreamReset, error.Message, error);
        }

        return Answer(length: Http1BodyLength.OfResponse(_facts, _buffers.Head.Status, head.Method));
    }

    /// <summary>The exchange is over.</summary>
    public void End(ExchangeEnd end)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        var sent = _upload is null or { IsComplete: true };
        var whole = end == ExchangeEnd.Whole;
        if (end == ExchangeEnd.BrokenOff)
        {
            _connection.Abort();
        }

        _connection.Return(whole && sent && _facts.KeepsAlive && _buffers.In.IsEmpty);
        if (!sent)
        {
            // The upstream has said all it had to: nobody reads the rest.
            _upload!.Stop();
        }

        // What somebody may still read or write is left to the collector.
        if (whole && (_upload is null || _upload.IsOver))
        {
            _buffers.Reset();
            _pool.Return(_buffers);
        }
    }

    public static bool IsBroken(Exception error) =>
        error is SocketException or IOException and not AttemptException or ObjectDisposedException;

    // False where more must be received first.
    private bool TryTakeHead(bool upgrading)
    {
        var (parser, received) = (_buffers.Parser, _buffers.In);
        while (true)
        {
            switch (parser.ParseResponse(received.Unread, _buffers.Head))
            {
                case Http1ParseStatus.Refused:
                    throw new AttemptException(Failure.UpstreamProtocolError, parser.Refusal.Sentence);
                case Http1ParseStatus.NeedMore:
                    return false;
            }

            received.Consume(parser.Consumed);
            _facts = parser.Facts;
            switch (_buffers.Head.Status)
            {
                case < 200 when ++_interim > TrafficDefaults.MostInterimAnswers:
                    throw new AttemptException(Failure.UpstreamProtocolError, "The upstream sends interim answers and no other.");
                case 101 when !upgrading || !_facts.HasUpgrade || !IsAccepted():
                    // RFC 9110 section 15.2.2: only who asked may be switched; the bytes behind it would be read as the next answer.
                    throw new AttemptException(Failure.UpstreamProtocolError, "The upstream switched protocols unasked.");
                case 100:
                    _upload?.Continue();
                    continue;
                case > 101 and < 200:
                    // HTTP/2's server cannot pass them on.
                    continue;
                default:
                    return true;
            }
        }
    }

    // Our own key; a client's is for the client to compare.
    private bool IsAccepted()
    {
        if (_key is null)
        {
            return true;
        }

        Span<byte> accept = stackalloc byte[WebSocketAccept.Bytes];
        WebSocketAccept.Write(Encoding.ASCII.GetBytes(_key), accept);
        return _buffers.Head.TryGet("sec-websocket-accept"u8, out var said) && said.SequenceEqual(accept);
    }

    private bool TryWriteHead(Http1BodyLength length, bool upgrading)
    {
        // YARP makes a key for a client of HTTP/2, which has none.
        _key =
            upgrading && !_context.Head.TryGet("sec-websocket-key"u8, out _)
                ? _request.Headers.NonValidated.TryGetValues("sec-websocket-key", out var made)
                    ? made.ToString()
                    : null
                : null;
        var persistence = upgrading ? Http1Persistence.Upgrade : Http1Persistence.Default;
        return Http1RequestHead.TryWrite(_buffers.Out, _context.Session, length, persistence, _key);
    }

    private Http1BodyLength Length(RequestHead head)
    {
        // The server has checked it: digits, and no second one that differs.
        if (
            head.TryGet(KnownHeader.ContentLength, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        )
        {
            return Http1BodyLength.Fixed(length);
        }

        return _request.Content is not null ? Http1BodyLength.Chunked : Http1RequestHead.LengthOfNothing(head.Method);
    }

    private HttpResponseMessage Answer(Http1BodyLength length)
    {
        var head = _buffers.Head;
        var response = new HttpResponseMessage((HttpStatusCode)head.Status)
        {
            Version = HttpVersion.Version11,
            RequestMessage = _request,
            ReasonPhrase = Encoding.Latin1.GetString(head.Reason),
        };
        if (length.Kind == Http1BodyKind.Tunnel)
        {
            var tunnel = new TunnelStream(this);
            _context.Tunnel?.ClientEnded.UnsafeRegister(static stream => ((TunnelStream)stream!).EndSending(), tunnel);
            response.Content = new RawContent(tunnel);
        }
        else if (length.IsEmpty)
        {
            response.Content = new ByteArrayContent([]);
        }
        else
        {
            _buffers.Body.Begin(length, ofResponse: true);
            response.Content = new RawContent(new ResponseStream(this, response));
        }

        for (var i = 0; i < head.HeaderCount; i++)
        {
            var name = Encoding.Latin1.GetString(head.HeaderName(i));
            var value = Encoding.Latin1.GetString(head.HeaderValue(i));
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (length.IsEmpty)
        {
            End(ExchangeEnd.Whole);
        }

        return response;
    }
}
